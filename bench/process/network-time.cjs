// Preloaded into the command line. At exit, prints the total duration of its HTTP calls in milliseconds.
const http = require('node:http');

let total = 0;
const { request } = http;
http.request = (...args) => {
  const started = performance.now();
  const outgoing = request(...args);
  outgoing.once('response', (incoming) => {
    incoming.once('end', () => {
      total += performance.now() - started;
    });
  });
  return outgoing;
};
process.once('exit', () => require('node:fs').writeSync(2, `network ${total}\n`));
