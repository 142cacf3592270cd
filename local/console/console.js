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

// Alarms and deliveries, as they come.
const deliveries = new Map();
const rows = new Map();

const showAlarms = (alarms) => {
  const order = { ALARM: 0, OK: 1, INSUFFICIENT_DATA: 2 };
  const sorted = alarms.toSorted((a, b) => order[a.state] - order[b.state] || a.name.localeCompare(b.name));
  $('#alarms').replaceChildren(
    ...sorted.map(({ name, state, description }) => {
      const [, means = description, section = ''] = /^(.*?) Dashboard: .*#([\w-]+)$/.exec(description) ?? [];
      const label = element('span', { className: `what ${state}` }, state === 'INSUFFICIENT_DATA' ? 'no data' : state);
      const runbook = section && ` Runbook: oncall/RUNBOOK.md#${section}`;
      return element('li', {}, element('details', {}, element('summary', {}, label, ` ${name}`), `${means}${runbook}`));
    }),
  );
};

const showDelivery = (delivery) => {
  const { number, steps, subject, body, id } = delivery;
  const last = steps.at(-1);
  const summary = element(
    'summary',
    {},
    element('time', {}, timeOf(steps[0].at)),
    ' ',
    element('span', { className: `what ${last.what}` }, last.what),
    ` ${subject || '(not understood)'}`,
  );
  const timeline = steps.map(({ at, what, text }) =>
    element('li', {}, element('time', {}, timeOf(at)), ' ', element('span', { className: `what ${what}` }, what), ` ${text}`),
  );
  const details = rows.get(number) ?? element('details');
  details.replaceChildren(
    summary,
    element('p', {}, id ? `id ${id}` : 'no id'),
    element('ul', {}, ...timeline),
    element('pre', {}, body),
  );
  if (rows.has(number)) return;
  rows.set(number, details);
  $('#deliveries').prepend(element('li', {}, details));
  $('#none').hidden = true;
};

new EventSource('/live').onmessage = ({ data }) => {
  const told = JSON.parse(data);
  if (told.alarms) showAlarms(told.alarms);
  if (told.alarms || told.deliveries?.some(({ steps }) => /parked|failed/.test(steps.at(-1).what))) lookAgain();
  for (const delivery of told.deliveries ?? []) {
    const known = JSON.stringify(delivery);
    if (deliveries.get(delivery.number) === known) continue;
    deliveries.set(delivery.number, known);
    showDelivery(delivery);
  }
};

// A notification of each type.
const now = () => new Date().toISOString().replace(/\.\d+/, '');
const verification = () => ({ user_id: crypto.randomUUID(), level: 'plus', timestamp: now() });
const DATA = {
  verification_approved: verification,
  verification_contacted: verification,
  verification_rejected: verification,
  credential_shared: () => ({ idos_human_id: crypto.randomUUID(), credential_id: crypto.randomUUID(), shared_at: now() }),
  email_changed: () => ({ user_id: crypto.randomUUID(), email: 'jon@example.com' }),
};
const form = $('#send');
const propose = () => {
  const type = form.type.value;
  form.body.value = JSON.stringify({ type, data: DATA[type]() }, undefined, 2);
};
form.type.append(...Object.keys(DATA).map((type) => element('option', {}, type)));
form.type.onchange = propose;
propose();
form.onsubmit = async (event) => {
  event.preventDefault();
  const { status, body } = await post('/send', { body: form.body.value, signature: form.signature.value });
  $('#answer').textContent = `${status} ${body}`;
};

$('#user').onsubmit = async (event) => {
  event.preventDefault();
  const items = await get(`/user?id=${encodeURIComponent(event.target.id.value)}`);
  $('#items').hidden = false;
  $('#items').textContent = items.length > 0 ? JSON.stringify(items, undefined, 2) : 'Nothing is known of this user.';
};

// Switches for faults, which the endpoint keeps.
const FAULTS = {
  'The table is throttled': { service: 'dynamodb', fault: 'throttle' },
  'The queue does not take messages': { service: 'sqs', action: 'SendMessage', fault: 'error' },
  'The secret can not be read': { service: 'secretsmanager', fault: 'error' },
  'EventBridge does not answer': { service: 'events', fault: 'error' },
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

// The dashboard of the template. A custom widget is asked as CloudWatch asks it, and its actions work as they do there.
let lookAgain = () => {};
const callWidget = (endpoint, parameters) => post('/widget', { endpoint, parameters });

const showMarkup = (place, markup, inPlace) => {
  place.innerHTML = markup;
  for (const action of place.querySelectorAll('cwdb-action')) {
    const trigger = action.previousElementSibling;
    if (!trigger) continue;
    trigger.classList.add('clickable');
    trigger.tabIndex = 0;
    trigger.role = 'button';
    const run = async () => {
      const question = action.getAttribute('confirmation');
      if (question && !confirm(question)) return;
      const answer = await callWidget(action.getAttribute('endpoint'), JSON.parse(action.textContent || '{}'));
      if (action.getAttribute('display') === 'popup') {
        showMarkup($('#popup div'), answer, inPlace);
        $('#popup').showModal();
      } else showMarkup(inPlace, answer, inPlace);
    };
    trigger.onclick = run;
    trigger.onkeydown = ({ key }) => (key === 'Enter' || key === ' ') && run();
  }
};

const COLOURS = ['#1f77b4', '#2ca02c', '#ff7f0e', '#d62728', '#9467bd', '#8c564b', '#17becf'];
const plots = new Map();
const drawGraph = (place, { title, labels, times, values }) => {
  const known = plots.get(title);
  if (known) return known.setData([times, ...values]);
  const ink = getComputedStyle(document.body).color;
  const axis = { stroke: ink, grid: { stroke: '#8884' }, ticks: { stroke: '#8884' } };
  const series = labels.map((label, index) => ({ label, stroke: COLOURS[index % COLOURS.length], width: 2, spanGaps: true }));
  const options = { width: place.clientWidth - 8, height: 170, axes: [axis, axis], series: [{}, ...series] };
  const plot = new uPlot(options, [times, ...values], place);
  plots.set(title, plot);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth - 8, height: 170 })).observe(place);
};

const { widgets, stack } = await get('/dashboard');
$('#where').textContent = `webhook ${stack.webhookUrl} · AWS endpoint ${stack.endpoint}`;
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
    // One look at a time: two would hide the messages from each other.
    let looking;
    lookAgain = () => {
      looking ??= callWidget(properties.endpoint, {}).then((markup) => {
        looking = undefined;
        showMarkup(content, markup, content);
      });
      return looking;
    };
    await lookAgain();
  }
}
const refresh = async () => {
  for (const graph of await get('/graphs')) drawGraph(graphs.get(graph.title), graph);
};
await refresh();
setInterval(refresh, 5_000);
