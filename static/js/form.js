// Forms say at the field what is wrong before they are sent, count what is typed, warn before a text is lost, and are sent
// once. Whatever is checked here the server checks again.

const nameOf = (control) => control.labels?.[0]?.textContent.trim() || control.getAttribute('aria-label') || 'This field';

// complaint says in words what is wrong with a control, as the server would.
function complaint(control) {
  if (control.validity.valid) return '';
  if (control.validity.valueMissing) return `${nameOf(control)} must not be empty.`;
  return control.validationMessage;
}

// mark shows the complaint at the control's field, or takes an older one away.
function mark(control) {
  const text = complaint(control);
  const field = control.closest('.field');
  if (!field || !control.id) return text;
  const id = control.id.replace(/^f-/, 'e-');
  let line = document.getElementById(id);
  if (text && !line) {
    line = document.createElement('p');
    line.className = 'error';
    line.id = id;
    control.before(line);
  }
  if (line) text ? (line.textContent = text) : line.remove();
  const described = (control.getAttribute('aria-describedby') ?? '').split(' ').filter((d) => d && d !== id);
  if (text) described.push(id);
  described.length ? control.setAttribute('aria-describedby', described.join(' ')) : control.removeAttribute('aria-describedby');
  text ? control.setAttribute('aria-invalid', 'true') : control.removeAttribute('aria-invalid');
  return text;
}

// count shows how much room is left once little is.
function count(control) {
  const most = control.maxLength;
  const line = document.getElementById(`n-${control.name}`);
  const length = control.value.length;
  if (length < most * 0.8) return line?.remove();
  const text = `${length.toLocaleString('en')} of ${most.toLocaleString('en')} characters`;
  if (line) return void (line.textContent = text);
  const fresh = document.createElement('p');
  fresh.id = `n-${control.name}`;
  fresh.className = 'hint';
  fresh.setAttribute('role', 'status');
  fresh.textContent = text;
  control.after(fresh);
}

// preview shows below a URL name the one that it will be.
function preview(control, title) {
  const line = document.createElement('p');
  line.className = 'hint';
  const show = () => {
    const slug = control.value.trim() || title.value;
    const made = slug.toLowerCase().replace(/['’]/gu, '').replace(/[^\p{L}\p{N}\p{M}]+/gu, '-').replace(/^-/, '');
    const short = [...made].slice(0, 60).join('').replace(/-$/, '');
    line.textContent = short ? `Its page: ${control.dataset.prefix}${short}/` : '';
  };
  control.after(line);
  for (const source of [control, title]) source.addEventListener('input', show);
  show();
}

const texts = 'textarea, input:not([type]), input[type="text"], input[type="email"], input[type="time"], input[type="datetime-local"]';
const valuesOf = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));
const unsaved = new Map(); // form → its values when it was last saved

addEventListener('beforeunload', (event) => {
  for (const [form, saved] of unsaved) if (!form.dataset.sent && valuesOf(form) !== saved) event.preventDefault();
});

// release makes a form fit to be sent again.
function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled');
}

function send(form, event) {
  if (event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  const wrong = [...form.elements].filter((control) => control.willValidate && mark(control));
  if (wrong.length && !event.submitter?.formNoValidate) {
    event.preventDefault();
    wrong[0].focus();
    return;
  }
  form.dataset.sent = 'yes';
  event.submitter?.setAttribute('aria-disabled', 'true');
  setTimeout(release, 5000, form); // what is downloaded leaves the page where it is
}

const forms = 'main form[method="post"]';

// Forms may come and go with the parts of a page, so this listens to all of them.
document.addEventListener('submit', (event) => {
  if (event.target.matches(forms)) send(event.target, event);
});

for (const form of document.querySelectorAll(forms)) {
  form.noValidate = true;
  form.addEventListener('focusout', ({ target }) => {
    if (target.willValidate && (target.value || target.dataset.typed)) mark(target);
  });
  form.addEventListener('input', ({ target }) => {
    target.dataset.typed = 'yes';
    if (target.getAttribute('aria-invalid') && target.willValidate && target.validity.valid) mark(target);
    if (target.maxLength > 0) count(target);
  });
  for (const control of form.querySelectorAll('[data-prefix]')) preview(control, form.elements.title ?? form.elements.name);
  if (form.querySelector(texts) && !form.querySelector('[type="password"]')) {
    // What came back with complaints, or was kept, is saved nowhere.
    unsaved.set(form, document.getElementById('faults') ? '' : valuesOf(form));
  }
}

// A page that the browser has kept for the back button comes as it was left: with its button pressed.
addEventListener('pageshow', () => {
  for (const form of document.forms) release(form);
});
