import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../../emulator/engines/dynamodb/free-port.ts';
import { eventually } from '../support/eventually.ts';

/** Starts the server of moto, an independent emulator of AWS. */
export const startMoto = async () => {
  const port = await freePort();
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const endedEarly = exited.then(() => Promise.reject(new Error(`moto has exited:\n${stderr}`)));
  endedEarly.catch(() => {});
  await Promise.race([eventually(() => fetch(`${url}/moto-api/data.json`)), endedEarly]);
  return {
    url,
    stop: async () => {
      if (child.kill()) await exited;
    },
  };
};
