// Handles one event, and sends the bytes that were received and sent over the network.
import { subscribe } from 'node:diagnostics_channel';
import { context, load } from './load.mjs';

const sockets = [];
subscribe('net.client.socket', ({ socket }) => sockets.push(socket));
const handler = await load(process.argv[2]);
const started = performance.now();
const answer = await handler(JSON.parse(process.env.EVENT), context());
const ms = performance.now() - started;
const sum = (what) => sockets.reduce((total, socket) => total + socket[what], 0);
process.send({ answer, ms, receivedBytes: sum('bytesRead'), sentBytes: sum('bytesWritten') });
process.disconnect();
