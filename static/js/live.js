// Lists that follow the search while it is typed, and pages that follow what is on its way. Both ask for the same page
// again and take over the parts that are marked with data-live and an id.

const search = document.querySelector('form[data-live]');
let asked; // the request under way: a newer one ends it

// swap takes the marked parts out of a page and returns them, by id.
function swap(page) {
  for (const part of document.querySelectorAll('[data-live][id]')) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.innerHTML === part.innerHTML) continue;
    const focused = part.contains(document.activeElement) ? document.activeElement.outerHTML : '';
    part.innerHTML = fresh.innerHTML;
    if (focused) [...part.querySelectorAll('a, button, input, select, summary')].find((e) => e.outerHTML === focused)?.focus();
  }
  for (const part of document.querySelectorAll('[data-live][id]')) {
    part.toggleAttribute('data-refresh', page.getElementById(part.id)?.hasAttribute('data-refresh') ?? false);
  }
}

// fetchPage returns the page at the address, or nothing when it could not be had or is another one.
async function fetchPage(url) {
  asked?.abort();
  asked = new AbortController();
  const answer = await fetch(url, { signal: asked.signal, headers: { Accept: 'text/html' } });
  if (!answer.ok || answer.redirected) throw new Error('the page cannot be had');
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

function say(text) {
  const line = document.getElementById('say');
  if (text && line.textContent !== text) line.textContent = text;
}

// found says how many rows there are.
function found() {
  const rows = document.querySelectorAll('#list tbody tr').length;
  const total = document.querySelector('#head [data-say]')?.textContent;
  return rows ? total ?? `${rows} shown` : document.querySelector('#list .empty strong')?.textContent ?? 'Nothing is found';
}

function address() {
  const query = new URLSearchParams(new FormData(search));
  for (const [name, value] of [...query]) if (!value) query.delete(name);
  return search.getAttribute('action') + (query.size ? `?${query}` : '');
}

async function look() {
  const url = address();
  const list = document.getElementById('list');
  list.setAttribute('aria-busy', 'true');
  try {
    swap(await fetchPage(url));
    history.replaceState(history.state, '', url);
    say(found());
    list.removeAttribute('aria-busy');
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(url);
  }
}

if (search && document.getElementById('list')) {
  let timer;
  const soon = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(look, delay);
  };
  search.addEventListener('input', (event) => soon(event.target.matches('select') ? 0 : 250));
  search.addEventListener('submit', (event) => {
    event.preventDefault();
    soon(0);
  });
  for (const button of search.querySelectorAll('button')) button.classList.add('visually-hidden'); // Enter still presses it
}

// While something is on its way the page looks again, ever less often, as long as it is in sight.
let wait = 1500;
let last = current();

function current() {
  return [...document.querySelectorAll('[data-live] [data-say]')].pop()?.textContent.trim();
}

async function refresh() {
  if (!document.querySelector('[data-refresh]')) return;
  wait = Math.min(wait * 1.25, 30000);
  const typing = document.querySelector('[data-live] :is(input, select):focus, [aria-busy]');
  if (!document.hidden && !typing) {
    try {
      swap(await fetchPage(location.href));
    } catch (error) {
      if (error.name !== 'AbortError') wait = 30000; // perhaps the session has ended, or the network is away
    }
    if (current() !== last) say((last = current()));
  }
  setTimeout(refresh, wait);
}

setTimeout(refresh, wait);
