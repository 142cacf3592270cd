import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { duplexPair } from 'node:stream';
import dynalite from 'dynalite';
import { itemThrough } from '../../aws/call-through.ts';
import type { Engine } from '../../aws/engine.ts';
import { forwardTo } from '../../aws/forward.ts';
import type { AwsResponse, Service } from '../../aws/request.ts';
import { answerWhatIsThrown } from './thrown.ts';

/**
 * DynamoDB in this process, not reachable from outside.
 *
 * @param dataDir the folder that keeps items across restarts (default: in memory)
 * @param tempPrefix the prefix of its temporary folder
 */
export const startDynalite = async (dataDir: string | undefined, tempPrefix = 'emulator-'): Promise<Engine> => {
  const server = dynalite({ createTableMs: 0, ...(dataDir && { path: dataDir }) });
  await listenUnreachably(server, tempPrefix);
  const createConnection = () => {
    const [near, far] = duplexPair();
    server.emit('connection', far);
    return near;
  };
  const { serve, stop } = answerWhatIsThrown(forwardTo({ createConnection }));
  return {
    serve: withItemOnFailedCondition(serve),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      stop();
    },
  };
};

// dynalite closes its database only if its server listens. So it listens on a Unix socket that is removed at once, or on a
// named pipe of Windows with a random name.
const listenUnreachably = async (server: Server, tempPrefix: string): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), tempPrefix));
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\${basename(folder)}` : join(folder, 'dynalite');
  await once(server.listen(path), 'listening');
  await rm(folder, { recursive: true });
};

// Adds ReturnValuesOnConditionCheckFailure, which dynalite does not support: the item that failed a condition.
const withItemOnFailedCondition =
  (serve: Service): Service =>
  async (request) => {
    const answer = await serve(request);
    if (answer.status !== 400 || !answer.body.includes('ConditionalCheckFailedException')) return answer;
    const { TableName, Key, ReturnValuesOnConditionCheckFailure } = JSON.parse(request.body.toString());
    if (ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return answer;
    const Item = await itemThrough(serve, TableName, Key);
    return replaceBody(answer, JSON.stringify({ ...JSON.parse(answer.body.toString()), Item }));
  };

const replaceBody = ({ status, headers }: AwsResponse, body: string): AwsResponse => {
  const { 'x-amz-crc32': _checksumOfTheOldBody, ...others } = headers ?? {};
  return { status, headers: others, body };
};
