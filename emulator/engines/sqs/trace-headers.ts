import type { Service } from '../../aws/request.ts';

const TRACES_REMEMBERED = 10_000;

/** Passes the trace header of a message from sender to receiver, which fauxqs does not. */
export const withTraceHeaders = (serve: Service): Service => {
  const headers = new Map<string, string>();
  return async (request) => {
    const answer = await serve(request);
    if (answer.status !== 200) return answer;
    if (request.action === 'SendMessage') {
      const header = JSON.parse(request.body.toString()).MessageSystemAttributes?.AWSTraceHeader?.StringValue;
      if (header) headers.set(JSON.parse(answer.body.toString()).MessageId, header);
      const [oldest] = headers.keys();
      if (headers.size > TRACES_REMEMBERED && oldest !== undefined) headers.delete(oldest);
    }
    if (request.action !== 'ReceiveMessage') return answer;
    const { Messages = [], ...others } = JSON.parse(answer.body.toString());
    for (const message of Messages) {
      const AWSTraceHeader = headers.get(message.MessageId);
      if (AWSTraceHeader) message.Attributes = { ...message.Attributes, AWSTraceHeader };
    }
    return { ...answer, body: JSON.stringify({ ...others, ...(Messages.length > 0 && { Messages }) }) };
  };
};
