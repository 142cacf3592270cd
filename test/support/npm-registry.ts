import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An empty registry that accepts every package, and remembers the names of those that npm has published to it. */
export const startRegistry = async () => {
  const published: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'PUT') published.push(decodeURIComponent((request.url ?? '').slice(1)));
    request.resume().on('end', () => {
      response.statusCode = request.method === 'PUT' ? 201 : 404;
      response.end('{}');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    published,
    /** The options with which npm publishes to this registry as a user who is logged in. */
    options: [`--registry=http://${host}/`, `--//${host}/:_authToken=any`],
    stop: () => new Promise((stopped) => server.close(stopped)),
  };
};
