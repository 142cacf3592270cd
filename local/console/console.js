import uPlot from '/uplot.js';

// Runs in the browser as it is: there is no build step.
const $ = (selector) => document.querySelector(selector);
const element = (name, attributes = {}, ...children) => {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
};
const get = async (path) => (await fetch(path)).json();
const post = async (path, body, method = 'POST') => (await fetch(path, { method, body: JSON.stringify(body) })).json();
const timeOf = (at) => new Date(at).toISOString().slice(11, 23);

const runbook = await get('/runbook');

// Alarms and deliveries, live. Elements are reused, so that what is open stays open.
const alarmRows = new Map();
const deliveryRows = new Map();
const label = (what, text = what) => element('span', { className: `what ${what}` }, text);
const line = (at, what, text) => [element('time', {}, timeOf(at)), ' ', label(what), ` ${text}`];

const showAlarms = (alarms) => {
  const rank = { ALARM: 0, OK: 1, INSUFFICIENT_DATA: 2 };
  const sorted = alarms.toSorted((a, b) => a.AlarmName.localeCompare(b.AlarmName));
  for (const [index, { AlarmName: name, StateValue: state, AlarmDescription: description }] of sorted.entries()) {
    if (!alarmRows.has(name)) {
      const [, text = description, id] = /^(.*?) Dashboard: .*#([\w-]+)$/.exec(description) ?? [];
      const section = element('div', { className: 'runbook', innerHTML: runbook[id] ?? '' });
      const details = element('details', {}, element('summary'), element('p', {}, text), section);
      alarmRows.set(name, element('li', {}, details));
      $('#alarms').append(alarmRows.get(name));
    }
    const row = alarmRows.get(name);
    row.querySelector('summary').replaceChildren(label(state, state === 'INSUFFICIENT_DATA' ? 'no data' : state), ` ${name}`);
    row.style.order = rank[state] * alarms.length + index;
  }
};

const showDelivery = (delivery) => {
  const { number, steps, subject, body, id } = delivery;
  const details = deliveryRows.get(number) ?? element('details');
  const json = JSON.stringify(delivery);
  if (details.dataset.json === json) return;
  details.dataset.json = json;
  // An event may be published before apply has logged its batch.
  const last = steps.findLast(({ what }) => what === 'event') ?? steps.at(-1);
  details.replaceChildren(
    element('summary', {}, ...line(steps[0].at, last.what, subject || steps[1].text)),
    element('p', {}, id ? `id ${id}` : 'no id'),
    element('ul', {}, ...steps.map(({ at, what, text }) => element('li', {}, ...line(at, what, text)))),
    element('pre', {}, body),
  );
  if (deliveryRows.has(number)) return;
  deliveryRows.set(number, details);
  $('#deliveries').prepend(element('li', {}, details));
};

const live = new EventSource('/live');
live.onopen = () => {
  $('#lost').hidden = true;
};
live.onerror = () => {
  $('#lost').hidden = false;
};
live.onmessage = ({ data }) => {
  const { alarms, deliveries = [] } = JSON.parse(data);
  if (alarms) showAlarms(alarms);
  if (alarms || deliveries.some(({ steps }) => /parked|failed/.test(steps.at(-1).what))) refreshWidget();
  for (const delivery of deliveries) showDelivery(delivery);
};

// A notification of each type. The user stays the same when another type is chosen.
const now = () => new Date().toISOString().replace(/\.\d+/, '');
const verification = (user_id) => ({ user_id, level: 'plus', timestamp: now() });
const DATA = {
  verification_approved: verification,
  verification_contacted: verification,
  verification_rejected: verification,
  credential_shared: () => ({ idos_human_id: crypto.randomUUID(), credential_id: crypto.randomUUID(), shared_at: now() }),
  email_changed: (user_id) => ({ user_id, email: 'jon@example.com' }),
};
const KRAKEN = 'kraken';
const bodyOf = (type, user) => (type === KRAKEN ? { id: user, status: 'approved' } : { type, data: DATA[type](user) });
const form = $('#send');
const propose = () => {
  const type = form.type.value;
  const [, user = crypto.randomUUID()] = /"(?:user_id|id)": "([^"]+)"/.exec(form.body.value) ?? [];
  form.body.value = JSON.stringify(bodyOf(type, user), undefined, 2);
};
form.type.append(...[...Object.keys(DATA), KRAKEN].map((type) => element('option', {}, type)));
form.type.onchange = propose;
propose();
form.onsubmit = async (event) => {
  event.preventDefault();
  const { status, body } = await post('/send', { body: form.body.value, signature: form.signature.value });
  $('#answer').textContent = `${status} ${body} at ${timeOf(Date.now())}`;
};

$('#user').onsubmit = async (event) => {
  event.preventDefault();
  const items = await get(`/user?id=${encodeURIComponent(event.target.id.value.trim())}`);
  $('#items').hidden = false;
  $('#items').textContent = items.length > 0 ? JSON.stringify(items, undefined, 2) : 'No items.';
};

// Faults are kept by the endpoint.
const FAULTS = {
  'The table is throttled': { service: 'dynamodb', fault: 'throttle' },
  'The queue rejects messages': { service: 'sqs', action: 'SendMessage', fault: 'error' },
  'The secret cannot be read': { service: 'secretsmanager', fault: 'error' },
  'EventBridge fails': { service: 'events', fault: 'error' },
};
const same = (fault, other) => Object.entries(other).every(([name, value]) => fault[name] === value);
const showFaults = async () => {
  const active = await get('/faults');
  $('#faults').replaceChildren(
    ...Object.entries(FAULTS).map(([label, fault]) => {
      const box = element('input', { type: 'checkbox', checked: active.some((one) => same(one, fault)) });
      box.onchange = async () => {
        const others = (await get('/faults')).filter((one) => !same(one, fault));
        await post('/faults', box.checked ? [...others, fault] : others, 'PUT');
      };
      return element('label', { className: 'line' }, box, label);
    }),
  );
};
showFaults();

// The template's dashboard. A custom widget is invoked as CloudWatch does, and its actions work as they do there.
let refreshWidget = () => {};
let acted = 0;
const callWidget = (endpoint, parameters) => post('/widget', { endpoint, parameters });

const showMarkup = (place, markup, inPlace) => {
  place.innerHTML = markup;
  for (const action of place.querySelectorAll('cwdb-action')) {
    action.hidden = true;
    const trigger = action.previousElementSibling;
    if (!trigger) continue;
    trigger.classList.add('clickable');
    trigger.tabIndex = 0;
    trigger.role = 'button';
    const run = async () => {
      const question = action.getAttribute('confirmation');
      if (question && !confirm(question)) return;
      acted = Date.now();
      inPlace.ariaBusy = 'true';
      const parameters = JSON.parse(action.textContent || '{}');
      const answer = await callWidget(action.getAttribute('endpoint'), parameters).finally(() => {
        inPlace.ariaBusy = 'false';
      });
      if (action.getAttribute('display') === 'popup') {
        showMarkup($('#popup div'), answer, inPlace);
        $('#popup').showModal();
      } else {
        showMarkup(inPlace, answer, inPlace);
        inPlace.querySelector('.clickable')?.focus();
      }
    };
    trigger.onclick = run;
    trigger.onkeydown = (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      run();
    };
  }
};

const COLORS = ['#1f77b4', '#2ca02c', '#ff7f0e', '#d62728', '#9467bd', '#8c564b', '#17becf'];
const plots = new Map();
const drawGraph = (place, { title, labels, times, values }) => {
  place.classList.toggle(
    'empty',
    values.flat().every((value) => value === null),
  );
  const plotted = plots.get(title);
  if (plotted) return plotted.setData([times, ...values]);
  const ink = getComputedStyle(document.body).color;
  const axis = { stroke: ink, grid: { stroke: '#8884' }, ticks: { stroke: '#8884' } };
  const points = { show: true, size: 4 };
  const series = labels.map((label, index) => ({ label, stroke: COLORS[index % COLORS.length], width: 2, points }));
  const isoOf = (seconds) => new Date(seconds * 1_000).toISOString();
  const times24 = (_, seconds) => seconds.map((one) => isoOf(one).slice(11, 16));
  const axes = [
    { ...axis, values: times24, space: 60 },
    { ...axis, size: 70 },
  ];
  const time = { label: 'UTC', value: (_, seconds) => (seconds === null ? '–' : isoOf(seconds).slice(0, 19).replace('T', ' ')) };
  const options = { width: place.clientWidth - 8, height: 170, axes, series: [time, ...series] };
  const plot = new uPlot(options, [times, ...values], place);
  plots.set(title, plot);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth - 8, height: 170 })).observe(place);
};

const { widgets, stack } = await get('/dashboard');
$('#where').textContent = `Webhook: ${stack.webhookUrl} · AWS endpoint: ${stack.endpoint} · All times are UTC.`;
const graphs = new Map();
for (const { type, width, properties } of widgets) {
  const place = element('div');
  place.style.setProperty('--columns', width);
  place.append(element('h3', {}, properties.title));
  const content = element('div');
  place.append(content);
  $('#dashboard').append(place);
  if (type === 'metric') graphs.set(properties.title, content);
  if (type === 'custom') {
    // One call at a time, however many changes arrive. The report of an action stays for ten seconds.
    const isFree = () => Date.now() - acted >= 10_000 && !$('#popup').open;
    let refreshing;
    refreshWidget = async () => {
      if (!isFree()) return;
      refreshing ??= callWidget(properties.endpoint, {}).finally(() => {
        refreshing = undefined;
      });
      const markup = await refreshing;
      if (isFree()) showMarkup(content, markup, content);
    };
    await refreshWidget();
    setInterval(refreshWidget, 30_000);
  }
}
const refresh = async () => {
  for (const graph of await get('/graphs')) drawGraph(graphs.get(graph.title), graph);
};
await refresh();
setInterval(refresh, 5_000);
