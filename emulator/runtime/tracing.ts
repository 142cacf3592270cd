import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { APIGatewayProxyEventV2, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseJson } from '../aws/parse-json.ts';

/** The trace of one invocation of a function in X-Ray. */
export interface Trace {
  /** The function's logical id. */
  readonly function: string;
  readonly root: string;
  /** The traces of the messages in its event. */
  readonly links: readonly string[];
  /** The subsegments that the function sent to the daemon. */
  readonly subsegments: Record<string, unknown>[];
}

const REMEMBERED = 1_000;

/** Emulates X-Ray and its daemon. Every invocation is sampled. */
export interface Tracing {
  /** The daemon's address: `host:port`. */
  readonly daemonAddress: string;
  /** Begins the trace of an invocation. @returns the trace header for the function */
  begin(functionId: string, event: unknown): string;
  traces(): readonly Trace[];
  stop(): void;
}

/**
 * @param onSegment called for each segment that the daemon receives, from Lambda or from the function, with the function's
 * logical id
 */
export const startTracing = async (onSegment: (functionId: string) => void): Promise<Tracing> => {
  const traces = new Map<string, Trace>();
  const daemon = createSocket('udp4');
  daemon.on('message', (message) => {
    const segment = segmentIn(message.toString());
    const trace = traces.get(String(segment.trace_id));
    trace?.subsegments.push(segment);
    if (trace) onSegment(trace.function);
  });
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');

  return {
    daemonAddress: `127.0.0.1:${daemon.address().port}`,
    begin: (functionId, event) => {
      const root = rootOf(headerOf(event)) ?? newRoot();
      const links = messagesOf(event).flatMap((header) => rootOf(header) ?? []);
      onSegment(functionId);
      traces.set(root, { function: functionId, root, links, subsegments: [] });
      const [oldest] = traces.keys();
      if (traces.size > REMEMBERED && oldest !== undefined) traces.delete(oldest);
      return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=1`;
    },
    traces: () => [...traces.values()],
    stop: () => daemon.close(),
  };
};

/** The header with which API Gateway begins the trace of a request. */
export const newTraceHeader = (): string => `Root=${newRoot()}`;

// Any program on this machine can send anything to the daemon.
const segmentIn = (message: string): Record<string, unknown> & { readonly trace_id?: unknown } =>
  Object(parseJson(message.split('\n')[1] ?? ''));

const newRoot = (): string => `1-${Math.floor(Date.now() / 1_000).toString(16)}-${randomBytes(12).toString('hex')}`;

const rootOf = (header: string | undefined): string | undefined => /Root=([\w-]+)/.exec(header ?? '')?.[1];

const headerOf = (event: unknown): string | undefined => (event as Partial<APIGatewayProxyEventV2>).headers?.['x-amzn-trace-id'];

const messagesOf = (event: unknown): (string | undefined)[] =>
  ((event as Partial<SQSEvent>).Records ?? []).map(({ attributes }: Partial<SQSRecord>) => attributes?.AWSTraceHeader);
