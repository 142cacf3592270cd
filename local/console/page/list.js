import { $, $$, b, clock, make, n, press, short, took, until } from './words.js';

// A pool of rows, filled in place. The list stands still while it is paused, scrolled, focused or under the pointer.

const SHOWN = 100;
const KEPT = 500;
const FILTERS = {
  All: () => true,
  'Waits for you': ({ turn }) => turn === 'you',
  Retrying: ({ turn }) => turn === 'self',
  Refused: ({ kind }) => kind === 'refused',
  'No change': ({ kind }) => /duplicate|stale|unchanged/.test(kind),
};

const REASONS = { signature_missing: 'no signature', signature_mismatch: 'wrong signature', body_too_large: 'too large' };

/** Time to the table, next try, or reason. */
const outcomeOf = ({ kind, took: ms, next, failures, reason = '', status }) => {
  if (kind === 'retrying') return next ? `try ${failures + 1} in ${until(next)}` : `try ${failures + 1}`;
  if (kind === 'applied' || kind === 'contested') return took(ms);
  if (/duplicate|stale|unchanged/.test(kind)) return 'no change';
  if (kind === 'gave up') return `after ${failures} tries`;
  if (kind === 'failed') return String(status);
  const [word] = reason.replace(/^\d+ /, '').split(' ');
  return REASONS[word] ?? word.replaceAll('_', ' ').replace(':', '');
};

/** @param open opens a delivery in the inspector, by its number */
export const createList = (open, sendFirst) => {
  const rows = $('#rows');
  const deliveries = new Map();
  const pool = [];
  let [filter, held, selected, frozen] = ['All', false, undefined, []];

  const isHeld = () =>
    frozen.length > 0 &&
    (held ||
      rows.scrollTop > 0 ||
      $(':focus-visible', rows) !== null ||
      (matchMedia('(hover: hover)').matches && rows.matches(':hover')));

  const rowAt = (index) => {
    pool[index] ??= (() => {
      const cells = ['time', 'state', 'what', 'level', 'who', 'took'].map((name) => make('span', { className: `${name} cut` }));
      cells[1].append(make('span'), make('span'));
      const button = make('button', { type: 'button', className: 'delivery', tabIndex: -1 }, ...cells);
      return { item: make('li', {}, button), button, cells, filled: '' };
    })();
    return pool[index];
  };

  const fill = (row, one) => {
    const outcome = outcomeOf(one);
    const filled = [one.number, one.kind, outcome, selected === one.number].join();
    if (row.filled === filled) return;
    row.filled = filled;
    const { button, cells } = row;
    const [at, state, what, level, who, last] = cells;
    at.textContent = clock(one.at);
    state.firstChild.className = `sign ${one.turn}`;
    state.lastChild.className = `word cut is-${one.turn}`;
    state.lastChild.textContent = one.kind;
    what.textContent = one.type || '–';
    level.textContent = one.level;
    who.textContent = short(one.who);
    who.classList.toggle('id', one.who.length > 14);
    last.textContent = outcome;
    button.ariaCurrent = selected === one.number;
    button.onclick = () => open(one.number);
  };

  const show = () => {
    const all = [...deliveries.values()].reverse();
    if (!isHeld()) frozen = all;
    // What it shows stays, however many arrive.
    const shown = frozen
      .map((one) => deliveries.get(one.number) ?? one)
      .filter(FILTERS[filter])
      .slice(0, SHOWN);
    for (const [index, one] of shown.entries()) {
      const row = rowAt(index);
      fill(row, one);
      if (!row.item.isConnected) rows.append(row.item);
    }
    for (const { item } of pool.slice(shown.length)) item.remove();
    if (pool[0]?.item.isConnected && !$('[tabindex="0"]', rows)) pool[0].button.tabIndex = 0;
    rows.hidden = shown.length === 0;
    $('.labels').hidden = all.length === 0;
    $('.empty').hidden = shown.length > 0;
    if (shown.length === 0) showEmpty(all.length === 0);
    const unseen = (all[0]?.number ?? 0) - (frozen[0]?.number ?? 0);
    $('.new').hidden = unseen <= 0;
    $('.new').textContent = `${n(unseen)} new`;
    showFilters(all);
  };

  const showEmpty = (isFirst) => {
    const empty = $('.empty');
    if (empty.dataset.of === `${isFirst} ${filter}`) return;
    empty.dataset.of = `${isFirst} ${filter}`;
    const steps = [
      'Send a notification, signed as Fractal signs it.',
      'Watch it reach the queue, the table and the event bus.',
      'Break something, and see that nothing is lost.',
    ];
    if (!isFirst) return empty.replaceChildren(b(`No delivery is “${filter.toLowerCase()}”`));
    empty.replaceChildren(
      b('No deliveries yet'),
      make('ol', {}, ...steps.map((text) => make('li', {}, text))),
      press('Send the first one', sendFirst, 'button primary'),
    );
  };

  const showFilters = (all) => {
    const names = Object.keys(FILTERS).filter((name) => name === 'All' || name === filter || all.some(FILTERS[name]));
    const place = $('.filters');
    if (place.dataset.of !== names.join()) {
      place.dataset.of = names.join();
      const known = new Map($$('button', place).map((button) => [button.textContent, button]));
      const choose = (name) => () => {
        filter = name;
        show();
      };
      place.replaceChildren(...names.map((name) => known.get(name) ?? press(name, choose(name), '')));
    }
    for (const button of $$('button', place)) button.ariaPressed = button.textContent === filter;
  };

  rows.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -SHOWN, End: SHOWN }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = $$('.delivery', rows);
    const next = buttons[Math.min(buttons.length - 1, Math.max(0, buttons.indexOf(document.activeElement) + step))];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  };
  $('#hold').onclick = () => {
    held = !held;
    $('#hold').ariaPressed = held;
    $('#hold').textContent = held ? 'Resume' : 'Pause';
    show();
  };
  $('.new').onclick = () => {
    if (held) $('#hold').click();
    rows.scrollTop = 0;
    frozen = [];
    show();
  };
  setInterval(show, 1_000);

  return {
    update: (changed) => {
      for (const one of changed) deliveries.set(one.number, one);
      // In the order of their numbers, whatever changed last.
      if (changed.length) {
        const sorted = [...deliveries].sort(([x], [y]) => x - y).slice(-KEPT);
        deliveries.clear();
        for (const [number, one] of sorted) deliveries.set(number, one);
      }
      show();
    },
    select: (number) => {
      selected = number;
      show();
    },
    /** The first delivery after this one with this status. */
    numberOf: ({ after, status }) => [...deliveries.values()].find((one) => one.number > after && one.status === status)?.number,
    last: () => Math.max(0, ...deliveries.keys()),
    ofKind: (kind) => [...deliveries.values()].find((one) => one.kind === kind),
    withId: (id) => [...deliveries.values()].findLast((one) => one.id === id),
    focus: () => ($('[aria-current="true"]', rows) ?? $('[tabindex="0"]', rows))?.focus(),
  };
};
