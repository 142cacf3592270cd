// One way each to say a time, a duration, a count, an id and a state, and to make an element.

export const $ = (selector, inside = document) => inside.querySelector(selector);
export const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];
export const make = (name, attributes = {}, ...children) => {
  const { dataset = {}, ...others } = attributes;
  const made = Object.assign(document.createElement(name), others);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
};

const NUMBER = new Intl.NumberFormat('en-US');
export const n = (value) => NUMBER.format(value);
export const plural = (value, one, many = `${one}s`) => `${n(value)} ${value === 1 ? one : many}`;
export const clock = (at) => new Date(at).toISOString().slice(11, 19);
const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
];
export const took = (ms) => {
  const [size, unit] = UNITS.find(([least]) => ms >= least) ?? [];
  if (size) return `${Math.floor(ms / size)}\u00a0${unit}`;
  if (ms >= 60_000) return `${Math.floor(ms / 60_000)}\u00a0min\u00a0${Math.floor(ms / 1_000) % 60}\u00a0s`;
  if (ms < 1_000) return `${Math.round(ms)}\u00a0ms`;
  return `${ms < 10_000 ? (ms / 1_000).toFixed(1) : Math.round(ms / 1_000)}\u00a0s`;
};
export const until = (at) => {
  const seconds = Math.max(0, Math.ceil((at - Date.now()) / 1_000));
  return seconds < 60 ? `${seconds}\u00a0s` : took(seconds * 1_000);
};
export const short = (id) => (id.length > 14 ? `${id.slice(0, 8)}…` : id);
export const time = (at, text = clock(at)) => make('time', { dateTime: new Date(at).toISOString() }, text);
export const instant = (at) => time(at, `${new Date(at).toISOString().slice(0, 23).replace('T', ' ')} UTC`);

export const sign = (turn) => make('span', { className: `sign ${turn}` });
export const word = (text, turn) => make('b', { className: `word is-${turn}` }, text);

export const b = (text) => make('b', {}, text);
export const code = (text) => make('code', {}, text);
const copy = (text, button) => {
  navigator.clipboard?.writeText(text);
  button.classList.add('copied');
  setTimeout(() => button.classList.remove('copied'), 1_200);
};
export const copyable = (text, ...shown) => {
  const button = make('button', { type: 'button', className: 'copy id', title: text, ariaLabel: `Copy ${text}` }, ...shown);
  button.onclick = () => copy(text, button);
  return button;
};
export const copyableId = (text) => copyable(text, make('span', { className: 'cut' }, text));
export const command = (text) => make('div', { className: 'command' }, make('pre', {}, text), copyable(text));
export const press = (label, onclick, className = 'button') => make('button', { type: 'button', className, onclick }, label);

/** A time that is counted down, in place. */
export const countdown = (at) => make('b', { className: 'tick', dataset: { until: at } }, until(at));
setInterval(() => {
  for (const tick of $$('.tick')) tick.textContent = until(Number(tick.dataset.until));
}, 1_000);

/** A sentence of the server: text, times, code, and what can be pressed. */
export const sentence = (parts, pressed) =>
  parts.map((part) => {
    if (part.until) return countdown(part.until);
    if (part.code) return code(part.code);
    return part.press ? press(part.label, pressed[part.press], 'button plain') : part;
  });

const read = async (response) => {
  if (!response.ok) throw new Error((await response.text()).replace(/^Error: /, '') || `status ${response.status}`);
  return response.json();
};
export const get = async (path) => read(await fetch(path));
export const post = async (path, body, method = 'POST') => read(await fetch(path, { method, body: JSON.stringify(body) }));

/** Fills a place with what is loaded; if that fails, says why, with a way to try again. */
export const load = async (place, loading, show) => {
  try {
    place.replaceChildren(...(await show(await loading())));
  } catch ({ message }) {
    const again = press('Try again', () => load(place, loading, show), 'button plain');
    place.replaceChildren(make('p', { className: 'why is-self' }, `${message} `, again));
  }
};
export const later = (loading, show) => {
  const place = make('div', { className: 'loaded' }, make('p', { className: 'soft small' }, 'Loading …'));
  load(place, loading, show);
  return place;
};

/** Asks in a dialog. @returns whether the answer is yes */
export const ask = (question, verb) =>
  new Promise((answered) => {
    const dialog = $('#ask');
    $('#question').textContent = question;
    $('[value="yes"]', dialog).textContent = verb;
    dialog.returnValue = 'no';
    dialog.onclose = () => answered(dialog.returnValue === 'yes');
    dialog.showModal();
  });
