// What every page of the admin has: its menu, its colours, and buttons that copy.

const say = (text) => {
  document.getElementById('say').textContent = text;
};

// Escape and a click elsewhere close the menu.
const menu = document.querySelector('.menu');
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !menu?.open) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});
document.addEventListener('click', (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});

// The colours change at once; the server keeps the choice for the next page.
const root = document.documentElement;
const dark = () =>
  (root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

async function paint(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const choice = document.querySelector('select[name="theme"]');
  if (choice) choice.value = theme;
  label();
  const answer = await fetch('/admin/account/theme', { method: 'POST', body: new URLSearchParams({ theme }) }).catch(() => null);
  say(answer?.ok ? 'The colours are changed in this browser.' : 'The colours are changed on this page only.');
}

const toggle = document.createElement('button');
function label() {
  toggle.textContent = dark() ? 'Light colours' : 'Dark colours';
}
toggle.type = 'button';
toggle.className = 'button quiet small theme';
toggle.addEventListener('click', () => paint(dark() ? 'light' : 'dark'));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label);
label();
document.querySelector('.me')?.append(toggle);

document.querySelector('select[name="theme"]')?.addEventListener('change', (event) => paint(event.target.value));

// Whatever is shown once, or is long, can be copied.
async function copy(source, button) {
  const text = source.textContent.trim();
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    getSelection().selectAllChildren(source); // no clipboard without https: select it at least
    done = document.execCommand('copy');
  }
  const message = done ? 'Copied' : 'Selected: copy it by hand';
  button.textContent = message;
  say(message);
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 2000);
}

for (const source of document.querySelectorAll('[data-copy]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button quiet small copy';
  button.textContent = 'Copy';
  button.addEventListener('click', () => copy(source, button));
  source.after(button);
}
