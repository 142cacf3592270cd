import { randomBytes } from 'node:crypto';

/** A call to AWS, as X-Ray shows it. */
export interface TracedCall {
  /** The service's name on X-Ray's trace map, such as `DynamoDB`. */
  readonly service: string;
  readonly operation: string;
  readonly resource: Readonly<Record<string, string>>;
}

/** The longest that sending a trace may delay a batch, in milliseconds, even if the daemon is unreachable. */
const SENT_WITHIN_MS = 100;

/**
 * If this invocation is sampled, sends X-Ray the total duration of these AWS calls as one subsegment, through Lambda's daemon.
 * Errors while sending are ignored. The X-Ray SDK is larger than both functions together.
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
 * The daemon's UDP address: `host:port`, or `tcp:host:port udp:host:port` in any order.
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
