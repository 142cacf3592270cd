import {
  $,
  command,
  copyableId,
  countdown,
  get,
  instant,
  later,
  make,
  plural,
  press,
  sentence,
  sign,
  time,
  took,
  word,
} from './words.js';

// The one place in which everything opens that opens. The server says what it shows; the address says of what.

// Seconds are optional.
const AS_OF = '\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d(:\\d\\d)?';
const narrow = matchMedia('(max-width: 1279px)');

const shownValue = (value) => {
  if (typeof value === 'string') return value;
  if (value.copy) return copyableId(value.copy);
  if (value.href) return make('a', { href: value.href, className: 'id' }, value.text);
  if (value.word) return word(value.word, value.turn);
  return value.at ? instant(value.at) : countdown(value.until);
};

const stepOf = ({ gap, turn, what, at, after, until, text, id }) => {
  if (gap) return make('li', { className: 'gap' }, make('span'), gap);
  const when = until
    ? countdown(until)
    : after === undefined
      ? time(
          at,
          new Date(at)
            .toISOString()
            .slice(...(isOld(at) ? [0, 19] : [11, 23]))
            .replace('T', ' '),
        )
      : make('span', { className: 'soft' }, `+${took(after)}`);
  return make(
    'li',
    {},
    sign(turn),
    word(what, turn),
    when,
    ...(text ? [make('p', {}, text, ...(id ? [' ', copyableId(id)] : []))] : []),
  );
};
const isOld = (at) => Date.now() - at > 43_200_000;

const spansOf = (spans) => {
  if (spans.length === 0) return [];
  const bar = make(
    'div',
    { className: 'spans', ariaHidden: 'true' },
    ...spans.map(([name]) => make('i', { className: /queue/.test(name) ? 'wait' : 'is-move' })),
  );
  for (const [index, [, ms]] of spans.entries()) bar.children[index].style.flexGrow = ms;
  return [bar, make('p', { className: 'soft small' }, spans.map(([name, ms]) => `${name} ${took(ms)}`).join(' · '))];
};

const tableOf = ({ head, rows, empty }) => {
  if (rows.length === 0) return make('p', { className: 'soft' }, empty);
  const line = ({ cells, differs }) =>
    make('tr', { className: differs ? 'differs' : '' }, ...cells.map((cell) => make('td', {}, shownValue(cell))));
  return make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...head.map((text) => make('th', { scope: 'col' }, text)))),
    make('tbody', {}, ...rows.map(line)),
  );
};

const folded = (title, ...content) => make('details', { className: 'fold' }, make('summary', {}, title), ...content);

/** @param act does what a button of a view says */
export const createInspector = ({ act, trace, select, focusList }) => {
  const dialog = $('#inspector');
  const [body, foot] = [$('.body', dialog), $('.foot', dialog)];
  let [what, at, shown, asked, opener] = ['', '', [], false, undefined];

  const section = (title, ...content) => make('section', {}, ...(title ? [make('h3', {}, title)] : []), ...content);
  const actions = (all = []) =>
    all.map(({ label, does, about }, index) =>
      press(
        label,
        (event) => act(does, about, event.currentTarget),
        `button${index === 0 && does === 'redrive' ? ' primary' : ''}`,
      ),
    );
  const loadView = (of) =>
    later(
      () => get(`/view?of=${encodeURIComponent(of)}`),
      ({ blocks, actions: all }) => [...blocks.map(render), ...actions(all)],
    );

  const render = (block) => {
    if (block.text) return make('p', { className: 'soft' }, block.text);
    if (block.why) return make('p', { className: `why is-${block.why}` }, ...sentence(block.says, {}));
    if (block.facts) {
      const facts = block.facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, shownValue(value))]);
      return section(block.title, make('dl', { className: 'facts' }, ...facts));
    }
    if (block.steps)
      return section(block.title, ...spansOf(block.spans), make('ol', { className: 'steps' }, ...block.steps.map(stepOf)));
    if (block.rows) return section(block.title, tableOf(block));
    if (block.pre !== undefined) return section(block.title, make('pre', { tabIndex: 0 }, block.pre));
    if (block.commands) return section(block.title, ...block.commands.map(command));
    if (block.signs)
      return section(
        block.title,
        make('ul', { className: 'signs' }, ...block.signs.map(([turn, text]) => make('li', {}, sign(turn), text))),
      );
    if (block.links) {
      const list = make('ul', {}, ...block.links.map(({ href, text }) => make('li', {}, make('a', { href }, text))));
      return block.folded ? folded(block.title, list) : section(block.title, list);
    }
    if (block.load) return /^items/.test(block.load) ? lazily(block) : section(block.title, loadView(block.load));
    if (block.form) return asOf(block);
    const summary = make(
      'summary',
      {},
      sign(block.turn),
      make('b', {}, block.alarm),
      ...(block.since ? [make('span', { className: 'since' }, 'since ', time(block.since))] : [make('span', {}, 'OK')]),
      make('p', {}, block.says),
    );
    return make('details', { className: 'alarm', open: block.open }, summary, make('div', {}, runbook(block.html)));
  };

  const lazily = ({ title, load }) => {
    const fold = folded(title);
    fold.ontoggle = () => fold.open && fold.children.length === 1 && fold.append(loadView(load));
    return fold;
  };

  const asOf = ({ value }) => {
    const form = make(
      'form',
      { className: 'as-of' },
      make(
        'label',
        { className: 'field' },
        'Show the state as of (UTC)',
        make('input', {
          name: 'at',
          placeholder: '2026-01-31 23:59:59',
          pattern: AS_OF,
          value: value.replace('T', ' ').replace('Z', ''),
        }),
      ),
      press('Show', undefined, 'button'),
    );
    form.lastChild.type = 'submit';
    form.onsubmit = (event) => {
      event.preventDefault();
      at = form.at.value && `${form.at.value.replace(' ', 'T')}Z`;
      update();
    };
    return form;
  };

  /** A section of the runbook, whose commands can be copied. */
  const runbook = (html) => {
    const place = make('div', { className: 'runbook', innerHTML: html });
    for (const block of place.querySelectorAll('pre')) block.replaceWith(command(block.textContent.trim()));
    return place;
  };

  const show = (view) => {
    $('h2', dialog).replaceChildren(...(view.turn ? [sign(view.turn)] : []), make('span', { className: 'cut' }, view.title));
    const texts = view.blocks.map((block) => JSON.stringify(block));
    // What has the focus, or is the same, is not replaced.
    for (const [index, block] of view.blocks.entries()) {
      const old = body.children[index];
      if (old && shown[index] === texts[index]) continue;
      if (!old) body.append(render(block));
      else if (!old.contains(document.activeElement)) old.replaceWith(render(block));
    }
    while (body.children.length > texts.length) body.lastChild.remove();
    shown = texts;
    const buttons = JSON.stringify(view.actions ?? []);
    foot.hidden = buttons === '[]';
    if (foot.dataset.of !== buttons && !foot.contains(document.activeElement)) {
      foot.dataset.of = buttons;
      foot.replaceChildren(...actions(view.actions));
    }
    if (what !== '') trace(view.path ?? []);
  };

  let asks = 0;
  const update = async () => {
    const [of, mine] = [what, ++asks];
    try {
      const view = await get(`/view?of=${encodeURIComponent(of)}&at=${encodeURIComponent(at)}`);
      // An answer may overtake the one before.
      if (of === what && mine === asks) show(view);
    } catch ({ message }) {
      if (of !== what || mine !== asks) return;
      show({
        title: of.replace(/^user-/, 'User '),
        turn: 'self',
        blocks: [{ why: 'self', says: [`${message.replace(/^error: /, '')} `] }],
      });
      body.firstChild.append(press('Try again', update, 'button plain'));
    }
  };

  const openDialog = () => {
    $('.back', dialog).hidden = what === '' || narrow.matches;
    $('.back', dialog).textContent = '‹ Back';
    if (!narrow.matches) dialog.open = true;
    else if (!dialog.open && (what !== '' || asked)) {
      opener = document.activeElement;
      dialog.showModal();
    }
  };

  /** Opens what the address names. */
  const route = () => {
    const [, name = ''] =
      /^#((?:delivery|user|alarm)-.+|fractal|ingest|refused|queue|dead|apply|table|publish|unpublished|bus|forward|unforwarded|backend)$/.exec(
        location.hash,
      ) ?? [];
    const next = decodeURIComponent(name);
    if (next === what && body.children.length > 0) return;
    [what, at, shown] = [next, '', []];
    body.replaceChildren();
    foot.hidden = true;
    if (what === '') trace([]);
    select(Number(/^delivery-(\d+)$/.exec(what)?.[1]));
    openDialog();
    update();
  };

  const close = () => {
    asked = false;
    const was = what;
    if (dialog.open && narrow.matches) dialog.close();
    if (location.hash !== '') history.pushState(undefined, '', location.pathname);
    route();
    if (/^delivery/.test(was)) focusList();
    else opener?.focus();
  };

  $('.back').onclick = close;
  $('.close').onclick = close;
  dialog.oncancel = (event) => {
    event.preventDefault();
    close();
  };
  addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && !narrow.matches && what !== '' && !$('#ask').open) close();
  });
  addEventListener('hashchange', route);
  addEventListener('popstate', route);
  narrow.onchange = () => {
    if (dialog.open) dialog.close();
    openDialog();
  };

  return {
    route,
    /** Shows what needs attention, and what helps to begin. */
    home: () => {
      asked = true;
      if (what !== '') close();
      openDialog();
    },
    update,
    /** Shows elements of the page itself, on a narrow screen. */
    borrow: (title, ...elements) => {
      asked = true;
      [what, shown] = ['tools', []];
      body.replaceChildren(...elements);
      foot.hidden = true;
      $('h2', dialog).replaceChildren(title);
      openDialog();
    },
    /** What it shows. */
    what: () => what,
    alarmsOn: (on) => {
      if (what === '') update();
      $('.back', dialog).textContent = on ? `‹ ${plural(on, 'alarm')}` : '‹ Back';
    },
  };
};
