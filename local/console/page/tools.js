import { $, get, make, post, took } from './words.js';

// Sends notifications, signed as Fractal signs them, and breaks parts of the stack.

const now = () => new Date().toISOString().replace(/\.\d+/, '');
const verification = (user_id) => ({ user_id, level: 'plus', timestamp: now() });
/** The data of a notification of each type. */
const DATA = {
  verification_approved: verification,
  verification_contacted: verification,
  verification_rejected: verification,
  credential_shared: () => ({ idos_human_id: crypto.randomUUID(), credential_id: crypto.randomUUID(), shared_at: now() }),
  email_changed: (user_id) => ({ user_id, email: 'jon@example.com' }),
};
const KRAKEN = 'kraken';
const bodyOf = (type, user) => (type === KRAKEN ? { id: user, status: 'approved' } : { type, data: DATA[type](user) });
const pretty = (body) => JSON.stringify(body, undefined, 2);

/** @param sent called with each answer's status, before the list shows the delivery */
export const createTools = (sent) => {
  const form = $('form.send');
  const output = $('output', form);
  const propose = () => {
    // The user stays the same when another type is chosen.
    const [, user = crypto.randomUUID()] = /"(?:user_id|id)": "([^"]+)"/.exec(form.body.value) ?? [];
    form.body.value = pretty(bodyOf(form.type.value, user));
  };
  form.type.append(...[...Object.keys(DATA), KRAKEN].map((type) => make('option', {}, type)));
  form.type.onchange = propose;
  propose();

  const send = async (body, signature = form.signature.value, opens = true) => {
    const began = performance.now();
    const opened = opens && sent();
    try {
      const { status, body: answer } = await post('/send', { body, signature });
      const word = make(
        'b',
        { className: `word is-${status === 202 ? 'done' : status < 500 ? 'rest' : 'self'}`, title: answer },
        String(status),
      );
      if (opened) opened(status);
      output.replaceChildren(word, ` after ${took(performance.now() - began)}`);
    } catch ({ message }) {
      output.replaceChildren(make('b', { className: 'word is-you' }, message));
    }
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    send(form.body.value);
  };
  form.body.onkeydown = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  };
  $('#send-20').onclick = async ({ currentTarget: button }) => {
    button.ariaBusy = true;
    const types = Object.keys(DATA);
    for (let index = 0; index < 20; index += 1)
      await send(pretty(bodyOf(types[index % types.length], crypto.randomUUID())), 'valid', false);
    button.ariaBusy = false;
  };
  return {
    form,
    send: () => form.requestSubmit(),
    again: async (number) => send(await get(`/body?number=${number}`), 'valid'),
    edit: async (number) => {
      form.body.value = await get(`/body?number=${number}`);
      form.body.focus();
    },
  };
};

const FAULTS = [
  [
    'Throttle the table',
    { service: 'dynamodb', fault: 'throttle' },
    'Deliveries wait on the queue; after 5 tries they become dead letters.',
  ],
  [
    'Reject messages to the queue',
    { service: 'sqs', action: 'SendMessage', fault: 'error' },
    'Fractal gets 503 and tries again.',
  ],
  ['Hide the secret', { service: 'secretsmanager', fault: 'error' }, 'Fractal gets 503 and tries again.'],
  ['Fail EventBridge', { service: 'events', fault: 'error' }, 'Changes wait in the stream, in order.'],
];
const isSame = (fault, other) => Object.entries(other).every(([name, value]) => fault[name] === value);

/** Faults that are switched on, here or elsewhere. */
export const createFaults = () => {
  let active = [];
  const set = (faults) => post('/faults', faults, 'PUT');
  const switches = FAULTS.map(([label, fault, effect]) => {
    const input = make('input', { type: 'checkbox', role: 'switch' });
    input.onchange = () => set(input.checked ? [...active, fault] : active.filter((one) => !isSame(one, fault)));
    const small = make('small', { hidden: true }, effect);
    $('#faults').append(make('label', { className: 'switch' }, label, input, small));
    return { input, small, fault };
  });
  const others = make('small', { className: 'soft' });
  $('#faults').append(make('p', { className: 'switch', hidden: true }, others));
  const allOff = () => set([]);
  $('#faults-off').onclick = allOff;
  return {
    allOff,
    show: (faults) => {
      active = faults;
      for (const { input, small, fault } of switches) {
        const on = faults.some((one) => isSame(one, fault));
        input.checked = on;
        small.hidden = !on;
      }
      const more = faults.filter((one) => !FAULTS.some(([, fault]) => isSame(one, fault)));
      others.textContent = more.map((one) => `${one.service}: ${one.fault}`).join(', ');
      others.parentElement.hidden = more.length === 0;
      $('#faults-off').hidden = faults.length === 0;
    },
  };
};
