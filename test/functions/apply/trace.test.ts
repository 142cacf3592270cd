import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { once } from 'node:events';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { traced } from '../../../functions/apply/trace.ts';
import { logged } from '../../support/lambda.ts';

const CALL = { service: 'DynamoDB', operation: 'UpdateItem', resource: { table_name: 'table' } };

const SAMPLED = 'Root=1-a-b;Parent=c;Sampled=1';

const tracing = (daemonAddress: string, run: () => Promise<unknown> = async () => 'done', header = SAMPLED) => {
  Object.assign(process.env, { _X_AMZN_TRACE_ID: header, AWS_XRAY_DAEMON_ADDRESS: daemonAddress });
  return traced(CALL, run);
};

/** The first datagram that the socket receives while `work` runs. */
const firstDatagram = async (work: (port: number) => Promise<unknown>): Promise<string> => {
  const daemon = createSocket('udp4').bind(0, '127.0.0.2');
  try {
    await once(daemon, 'listening');
    const message = once(daemon, 'message');
    await work(daemon.address().port);
    return String((await message)[0]);
  } finally {
    daemon.close();
  }
};

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env._X_AMZN_TRACE_ID;
  delete process.env.AWS_XRAY_DAEMON_ADDRESS;
});

describe('the trace', () => {
  test.each<[string, (port: number) => string]>([
    ['host:port', (port) => `127.0.0.2:${port}`],
    ['tcp:host:port udp:host:port', (port) => `tcp:127.0.0.1:1 udp:127.0.0.2:${port}`],
    ['udp:host:port tcp:host:port', (port) => `udp:127.0.0.2:${port} tcp:127.0.0.1:1`],
  ])('of a sampled invocation is sent to a daemon at %s', async (_, address) => {
    const [header, segment = ''] = (await firstDatagram((port) => tracing(address(port)))).split('\n');
    expect(header).toBe('{"format":"json","version":1}');
    expect(JSON.parse(segment)).toMatchObject({
      name: 'DynamoDB',
      type: 'subsegment',
      namespace: 'aws',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      trace_id: '1-a-b',
      parent_id: 'c',
      aws: { operation: 'UpdateItem', table_name: 'table' },
    });
  });

  test('has the start and the end of the calls, in epoch seconds', async () => {
    jest.spyOn(Date, 'now').mockReturnValueOnce(1_700_000_000_500).mockReturnValueOnce(1_700_000_002_000);
    const [, segment = ''] = (await firstDatagram((port) => tracing(`127.0.0.2:${port}`))).split('\n');
    expect(JSON.parse(segment)).toMatchObject({ start_time: 1_700_000_000.5, end_time: 1_700_000_002 });
  });

  test.each(['', 'Root=1-x-x;Parent=x;Sampled=0', 'Root=1-x-x;Parent=x', 'Parent=x;Sampled=1', 'Root=1-x-x;Sampled=1'])(
    'of an invocation with the header %j is not sent',
    async (header) => {
      const datagram = await firstDatagram(async (port) => {
        expect(await tracing(`127.0.0.2:${port}`, undefined, header)).toBe('done');
        await tracing(`127.0.0.2:${port}`);
      });
      expect(datagram).toContain('"trace_id":"1-a-b","parent_id":"c"');
    },
  );

  test.each(['', 'nonsense', 'host:notaport', 'tcp:localhost:2000', '127.0.0.1:99999', '127.0.0.1:0', 'udp:', ':', ' '])(
    'is dropped without an error if the address of the daemon is %j',
    async (address) => {
      const log = await logged(async () => expect(await tracing(address)).toBe('done'));
      expect(log).toBe('');
      await expect(tracing(address, () => Promise.reject(new Error('of the call')))).rejects.toThrow('of the call');
    },
  );

  test('is dropped without an error if the host of the daemon is unknown', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((...all: unknown[]) => (all.at(-1) as (error: Error) => void)(unknown)) as never);
    expect(await tracing('nowhere.invalid:2000')).toBe('done');
    expect(dns.lookup).toHaveBeenCalled();
  });

  test('does not delay the batch if resolving the host of the daemon hangs', async () => {
    jest.spyOn(dns, 'lookup').mockImplementation((() => {}) as never);
    expect(await tracing('nowhere.invalid:2000')).toBe('done');
    expect(dns.lookup).toHaveBeenCalled();
  });
});
