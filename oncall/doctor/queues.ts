import { CALLED } from '../called.ts';
import { mappingOf, mappingProblem, streamBacklog } from '../events/stream-backlog.ts';
import { queueAttributes } from '../queue-attributes.ts';
import type { EventParts, Target } from '../target.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** Whether apply's event source mapping is enabled. */
export const checkMapping = async (target: Target): Promise<Finding> => {
  const { QueueArn } = await queueAttributes(target, target.queueUrl);
  const problem = mappingProblem(target, await mappingOf(target, QueueArn), 'apply');
  return problem ? wrong('mapping', problem.says, problem.remedy) : ok('mapping', 'the event source mapping of apply is enabled');
};

/** Whether publish's event source mapping is enabled, and keeps up with the table's stream. */
export const checkStream = async (target: Target, events: EventParts): Promise<Finding> => {
  const backlog = await streamBacklog(target, events);
  if (backlog) return wrong('stream', backlog.says, backlog.remedy);
  return ok('stream', 'the event source mapping of publish is enabled');
};

/** Whether every change was published. */
export const checkUnpublished = async (target: Target, { unpublishedQueueUrl }: EventParts): Promise<Finding> => {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queueAttributes(
    target,
    unpublishedQueueUrl,
  );
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  if (count === 0) return ok('unpublished', 'none');
  return wrong('unpublished', `${count} could not be published`, `List them: ${CALLED} events unpublished${target.options}`);
};

/** Whether the dead-letter queue is empty. */
export const checkDeadLetters = async (target: Target): Promise<Finding> => {
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queueAttributes(
    target,
    target.deadLetterQueueUrl,
  );
  const count = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  if (count === 0) return ok('dead letters', 'none');
  return wrong('dead letters', `${count} on the dead-letter queue`, `List them: ${CALLED} dlq list${target.options}`);
};
