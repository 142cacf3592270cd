import { functionArn } from '../../aws/account.ts';
import { awsAnswer, awsError, type Service } from '../../aws/request.ts';
import type { Poller } from './poller.ts';

/** An event source mapping of the template. `start` starts its poller. */
export interface MappingDefinition {
  readonly id: string;
  readonly sourceArn: string;
  /** The name or the ARN. */
  readonly functionName: string;
  start(): Poller;
}

/** Lambda's event source mappings, which can be listed, disabled and enabled. All start enabled. */
export const createEventSourceMappings = (definitions: readonly MappingDefinition[]) => {
  const pollers = new Map<string, Poller>(definitions.map(({ id, start }) => [id, start()]));
  const describe = ({ id, sourceArn, functionName }: MappingDefinition) => ({
    UUID: id,
    EventSourceArn: sourceArn,
    FunctionArn: functionName.startsWith('arn:') ? functionName : functionArn(functionName),
    State: pollers.has(id) ? 'Enabled' : 'Disabled',
  });

  const enable = async (definition: MappingDefinition, enabled: boolean): Promise<void> => {
    const poller = pollers.get(definition.id);
    if (enabled && !poller) pollers.set(definition.id, definition.start());
    if (enabled || !poller) return;
    pollers.delete(definition.id);
    await poller.drain();
  };

  const serve: Service = async ({ action, body }) => {
    const [, method, id, query] = /^(\w+) \/2015-03-31\/event-source-mappings\/?([^?]*)(?:\?(.*))?$/.exec(action) ?? [];
    const definition = definitions.find((one) => one.id === id);
    if (method === 'GET' && id === '') {
      const source = new URLSearchParams(query).get('EventSourceArn');
      return awsAnswer({
        EventSourceMappings: definitions.filter(({ sourceArn }) => !source || sourceArn === source).map(describe),
      });
    }
    if (method === 'PUT' && definition) {
      await enable(definition, JSON.parse(body.toString()).Enabled);
      return awsAnswer(describe(definition));
    }
    return awsError(404, 'ResourceNotFoundException', `The local Lambda does not support ${action}`);
  };

  return {
    serve,
    /** The ARNs of the sources whose mapping is disabled. */
    disabled: (): string[] => definitions.filter(({ id }) => !pollers.has(id)).map(({ sourceArn }) => sourceArn),
    stop: async (): Promise<void> => {
      await Promise.all([...pollers.values()].map((poller) => poller.stop()));
    },
  };
};
