import { createDashboard } from './dashboard.js';
import { createInspector } from './inspector.js';
import { createList } from './list.js';
import { createFlow, showLedger, showVerdict } from './state.js';
import { createFaults, createTools } from './tools.js';
import { $, ask, clock, code, copyable, get, load, make, n, plural, post, sign } from './words.js';

// Runs in the browser as it is: there is no build step.

const go = (hash) => {
  location.hash = hash;
};
// A delivery that is sent here opens by itself.
let awaited;
const tools = createTools(() => {
  const after = list.last();
  return (status) => {
    awaited = { after, status };
    openAwaited();
  };
});
const openAwaited = () => {
  const number = awaited && list.numberOf(awaited);
  if (number === undefined) return;
  awaited = undefined;
  returnTools();
  go(`delivery-${number}`);
};
const faults = createFaults();
const list = createList((number) => go(`delivery-${number}`), tools.send);
const flow = createFlow(go);
const actions = {
  send: tools.again,
  edit: (number) => {
    if (matchMedia('(max-width: 959px)').matches) openTools();
    return tools.edit(number);
  },
  redrive: async (about) => {
    if (await ask('Send 1 message back to the queue? It is safe to repeat.', 'Redrive'))
      await post('/act', { does: 'redrive', about });
  },
  reconcile: async (about) => {
    const { level } = JSON.parse(about);
    if (await ask(`Write what Fractal says about ${level} to the table?`, 'Reconcile'))
      await post('/act', { does: 'reconcile', about });
  },
};
const inspector = createInspector({
  trace: flow.trace,
  select: list.select,
  focusList: list.focus,
  act: async (does, about, button) => {
    button.ariaBusy = true;
    await actions[does](about)
      .catch(({ message }) => ask(`It failed: ${message}`, 'OK'))
      .finally(() => {
        button.ariaBusy = false;
      });
    inspector.update();
  },
});

// The two tools open in the inspector on a narrow screen, and return to their cards when the window grows.
const cards = [tools.form, $('#faults')].map((tool) => [tool, tool.parentElement]);
const openTools = () => inspector.borrow('Send a notification', cards[0][0], make('h3', {}, 'Break something'), cards[1][0]);
const returnTools = () => {
  for (const [tool, card] of cards) if (!card.contains(tool)) card.append(tool);
};
$('.send-float').onclick = openTools;
$('.send-float').hidden = false;
matchMedia('(max-width: 959px)').onchange = returnTools;
$('#inspector').addEventListener('close', returnTools);

addEventListener('keydown', (event) => {
  if (event.key !== 'k' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  $('.find input').select();
});
$('.find').onsubmit = (event) => {
  event.preventDefault();
  const wanted = event.target.id.value.trim();
  const found = list.withId(wanted);
  if (wanted !== '') go(found ? `delivery-${found.number}` : `user-${encodeURIComponent(wanted)}`);
};

const narrow = matchMedia('(max-width: 1279px)');
let refreshWidget = () => {};
let [seen, lostAt, on] = [0, undefined, 0];
const pressed = {
  'faults-off': faults.allOff,
  'dead-letters': () => go('dead-letters'),
  missing: () => go(list.ofKind('missing') ? `delivery-${list.ofKind('missing').number}` : 'queue'),
};
const showLink = () => {
  const [turn, text] = lostAt ? ['you', 'no connection'] : on && narrow.matches ? ['you', plural(on, 'alarm')] : ['done', 'live'];
  $('#link').replaceChildren(sign(turn), text);
};
$('#link').onclick = () => inspector.home();
const showTitle = () => {
  document.title = `${on ? `(${n(on)}) ` : ''}fractal-webhooks · local`;
  $('link[rel="icon"]').href = on ? '/icon-you.svg' : '/icon.svg';
};

const live = new EventSource('/live');
live.onopen = () => {
  lostAt = undefined;
  showLink();
};
live.onerror = () => {
  lostAt ??= Date.now();
  showLink();
  const because = [
    `This is how it was at ${clock(lostAt)} UTC. If it has stopped, run npm start, and open the address that it prints.`,
  ];
  showVerdict({ turn: 'you', says: 'The local stack does not answer.', because }, {});
};
live.onmessage = ({ data }) => {
  const { verdict, ledger, flow: parts, rate, dead, faults: active, alarms, rows } = JSON.parse(data);
  if (verdict) showVerdict(verdict, pressed);
  if (ledger) showLedger(ledger);
  if (parts) flow.show(parts, rate);
  if (active) faults.show(active);
  if (rows) list.update(rows);
  if (rows) openAwaited();
  if (dead !== undefined) {
    $('#dead-count').textContent = n(dead);
    $('#dead-count').hidden = dead === 0;
    if (dead !== seen) refreshWidget();
    seen = dead;
  }
  if (alarms) {
    on = alarms.filter(({ state }) => state === 'ALARM').length;
    showTitle();
    showLink();
    inspector.alarmsOn(on);
  }
  // What is open is updated when it changes.
  const what = inspector.what();
  if (rows?.some(({ number }) => what === `delivery-${number}`) || (parts && what !== '' && !/-|tools/.test(what)))
    inspector.update();
};

load(
  $('#webhook'),
  () => get('/dashboard'),
  (dashboard) => {
    refreshWidget = createDashboard(dashboard, async (title, call) => {
      const markup = await call();
      inspector.borrow(title, make('div', { className: 'widget', innerHTML: markup }));
    });
    return [copyable(dashboard.webhookUrl, code(dashboard.webhookUrl))];
  },
);
inspector.route();
