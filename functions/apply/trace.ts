import { randomBytes } from 'node:crypto';

/** What X-Ray shows of a call to AWS. */
export interface TracedCall {
  /** The service's name, as X-Ray's map has it: `DynamoDB`. */
  readonly service: string;
  readonly operation: string;
  readonly resource: Readonly<Record<string, string>>;
}

/** A trace costs a batch no more than this, in milliseconds, wherever its daemon should be. */
const SENT_WITHIN_MS = 100;

/**
 * Tells X-Ray how long these calls to AWS took together, if this invocation is sampled: one subsegment, sent to Lambda's daemon.
 * A trace that does not arrive is no reason to fail. X-Ray's own SDK would weigh more than both functions.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
 */
export const traced = async <T>({ service, operation, resource }: TracedCall, run: () => Promise<T>): Promise<T> => {
  const { Root, Parent, Sampled } = parseHeader(process.env._X_AMZN_TRACE_ID ?? '');
  const daemon = parseAddress(process.env.AWS_XRAY_DAEMON_ADDRESS ?? '');
  if (Sampled !== '1' || !Root || !Parent || !daemon) return run();
  const started = Date.now();
  try {
    return await run();
  } finally {
    await send(daemon, {
      name: service,
      type: 'subsegment',
      namespace: 'aws',
      id: randomBytes(8).toString('hex'),
      trace_id: Root,
      parent_id: Parent,
      start_time: started / 1_000,
      end_time: Date.now() / 1_000,
      aws: { operation, ...resource },
    }).catch(() => {});
  }
};

/** `Root=…;Parent=…;Sampled=1` */
const parseHeader = (header: string): Partial<Record<string, string>> =>
  Object.fromEntries(header.split(';').map((part) => part.split('=')));

interface Daemon {
  readonly host: string;
  readonly port: number;
}

/**
 * Where the daemon takes datagrams: `host:port`, or `tcp:host:port udp:host:port` in any order.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-nodejs-configuration.html
 */
const parseAddress = (address: string): Daemon | undefined => {
  const [, host, port] = /^(?:.*\budp:)?([^\s:]+):(\d+)(?:\s|$)/.exec(address) ?? [];
  return host === undefined ? undefined : { host, port: Number(port) };
};

const send = async ({ host, port }: Daemon, segment: Record<string, unknown>): Promise<void> => {
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((done) => {
      timer = setTimeout(done, SENT_WITHIN_MS);
      socket.on('error', () => done());
      socket.send(`{"format":"json","version":1}\n${JSON.stringify(segment)}`, port, host, () => done());
    });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
};
