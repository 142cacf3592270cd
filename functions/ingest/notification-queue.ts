import { SendMessageCommand, type SendMessageCommandInput, type SQSClient } from '@aws-sdk/client-sqs';
import { type Envelope, encodeEnvelope } from '../core/envelope.ts';
import { inTime } from './in-time.ts';
import type { Dependencies } from './receive.ts';

export interface NotificationQueueSettings {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
}

/** The two queues that ingest sends to. Each call resolves once SQS has confirmed the message. */
export const createNotificationQueue = ({
  client,
  queueUrl,
  deadLetterQueueUrl,
}: NotificationQueueSettings): Dependencies['queue'] => {
  const send = async (QueueUrl: string, envelope: Envelope, signal: AbortSignal): Promise<void> => {
    const MessageBody = encodeEnvelope(envelope);
    await inTime('SQS', client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...traceAttribute() })), signal);
  };
  return {
    accept: (envelope, signal) => send(queueUrl, envelope, signal),
    park: (envelope, signal) => send(deadLetterQueueUrl, envelope, signal),
  };
};

/**
 * The trace header of this invocation. SQS passes it on to the consumer only as this attribute.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
 */
const traceAttribute = (): Pick<SendMessageCommandInput, 'MessageSystemAttributes'> => {
  const StringValue = process.env._X_AMZN_TRACE_ID;
  return StringValue ? { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue } } } : {};
};
