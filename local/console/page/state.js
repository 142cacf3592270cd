import { $, $$, make, n, sentence, sign } from './words.js';

// The verdict, the ledger and the flow: whether every delivery is accounted for, and where they are.

const DOTS_AT_MOST = 12;
const RUNS_ABOVE = 8; // deliveries per second
const ANNOUNCED_EVERY_MS = 5_000;
const reduced = matchMedia('(prefers-reduced-motion: reduce)');

/** Replaces the content of an element, unless it is the same, or has the focus. */
const fill = (element, content, build) => {
  const text = JSON.stringify(content);
  if (element.dataset.of === text || element.contains(document.activeElement)) return;
  element.dataset.of = text;
  element.replaceChildren(...build());
};

let announced = 0;
export const showVerdict = ({ turn, says, because }, pressed) => {
  $('.verdict .sign').className = `sign ${turn}`;
  if ($('#says').textContent !== says) $('#says').textContent = says;
  fill($('#because'), because, () => sentence(because, pressed));
  if (Date.now() - announced < ANNOUNCED_EVERY_MS || $('[role="status"]').textContent === says) return;
  announced = Date.now();
  $('[role="status"]').textContent = says;
};

export const showLedger = ({ acknowledged, table, same, queue, dead, dropped, missing, others: other, waits }) => {
  const sum = [
    [table, 'done', 'in the table'],
    [same, 'rest', 'no change'],
    [queue, waits, 'on the queue'],
    [dead, 'you', dead === 1 ? 'dead letter' : 'dead letters'],
    ...(dropped ? [[dropped, 'rest', 'deleted']] : []),
    ...(missing ? [[missing, 'you', 'not accounted for']] : []),
  ];
  // An equation: each term has its sign behind the number, where it cannot be read as a minus.
  const term = (value, label, turn, operator, className = '') =>
    make(
      'div',
      { className: value === 0 ? 'zero' : className },
      make('dt', {}, label),
      make(
        'dd',
        {},
        ...(operator ? [make('span', { className: 'soft' }, operator)] : []),
        n(value),
        ...(turn ? [sign(turn)] : []),
      ),
    );
  const others = [
    ...(other.queue ? [[other.queue, 'move', 'other messages on the queue']] : []),
    ...(other.dead ? [[other.dead, 'you', other.dead === 1 ? 'other dead letter' : 'other dead letters']] : []),
  ];
  fill($('.ledger dl'), [acknowledged, sum, others], () => [
    term(acknowledged, 'acknowledged'),
    ...sum.map(([value, turn, label], index) => term(value, label, turn, index === 0 ? '=' : '+')),
    ...others.map(([value, turn, label]) => term(value, label, turn, 'not counted:', 'apart')),
  ]);
  const track = $('.track');
  while (track.children.length < sum.length) track.append(make('i'));
  for (const [index, part] of [...track.children].entries()) {
    const [value = 0, turn = 'rest'] = sum[index] ?? [];
    part.className = `is-${turn}`;
    part.hidden = value === 0;
    part.style.flexGrow = value;
  }
};

const MEANS = { self: 'fails, is tried again by itself', you: 'waits for you', move: 'on its way' };

/** The inside of a part's button. */
const inside = ({ kind, name, turn, says, small }) => {
  if (kind === 'sink') return [make('b', {}, ...says), ` ${name}`];
  const label = make('span', { className: 'name' }, name, ...(kind === 'place' ? [sign(turn)] : []));
  if (kind === 'place') return [label, make('b', {}, ...says), make('small', { className: 'cut' }, small)];
  const [first, ...others] = says.length > 2 ? [says[0], [says[1], says[2]]] : says;
  const lines = others.flat().length ? [make('span', { className: 'sep' }, ' · '), ...sentence(others.flat(), {})] : [];
  const [count, word] = turn ? [] : first.split(/ (.*)/);
  const strong = count ? [make('b', {}, count), ` ${word}`] : [first];
  return [label, make('span', { className: 'wire' }), make('span', { className: 'says' }, ...strong, ...lines)];
};

/** @param open shows a part in the inspector */
export const createFlow = (open) => {
  const list = $('.flow ol');
  const items = new Map();
  let passed;
  let path = [];

  const travel = (wire) => {
    if (document.hidden || reduced.matches || $$('.dot').length >= DOTS_AT_MOST) return;
    const dot = make('i', { className: 'dot', onanimationend: () => dot.remove() });
    wire.append(dot);
  };

  return {
    show: (parts, rate) => {
      list.classList.toggle(
        'forwards',
        parts.some(({ at }) => at === 'backend'),
      );
      for (const part of parts) {
        const { at, kind, turn, says } = part;
        if (!items.has(at)) {
          items.set(at, make('li', { dataset: { at } }, make('button', { type: 'button', onclick: () => open(at) })));
          list.append(items.get(at));
        }
        const item = items.get(at);
        const button = item.firstChild;
        const hasMoved = passed !== undefined && part.passed > (passed.get(at) ?? 0);
        const classes = { busy: hasMoved && rate > RUNS_ABOVE, off: part.off, 'on-path': path.includes(at) };
        const under = kind === 'sink' && at !== 'dead' ? ['under-hop'] : [];
        item.className = [kind, turn && `is-${turn}`, ...under, ...Object.keys(classes).filter((one) => classes[one])].join(' ');
        const text = JSON.stringify([turn, says, part.small]);
        if (item.dataset.of !== text) {
          item.dataset.of = text;
          const wire = $('.wire', button);
          button.replaceChildren(...inside(part));
          // Its dots go on.
          if (wire) $('.wire', button).replaceWith(wire);
          if (MEANS[turn]) button.append(make('span', { className: 'unseen' }, `, ${MEANS[turn]}`));
        }
        if (hasMoved && !classes.busy) travel($('.wire', button));
      }
      passed = new Map(parts.map((part) => [part.at, part.passed]));
    },
    /** Outlines the parts that a delivery has passed, and where it rests. */
    trace: (parts) => {
      path = parts;
      for (const [at, item] of items) item.classList.toggle('on-path', parts.includes(at));
    },
  };
};
