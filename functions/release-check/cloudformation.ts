import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { describeError, log } from '../log.ts';
import type { Versions } from './check.ts';
import { nothingToCheck } from './decide.ts';

/** The check gives up this many milliseconds before the Lambda timeout, because CloudFormation must get a response. */
const RESERVE_MS = 15_000;

export type Check = (versions: Versions, giveUpAt: number) => Promise<string>;

/**
 * Adapts a CloudFormation custom resource to the check. Always sends a response, because CloudFormation waits for it.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 *
 * @param patienceMs how long to retry failures, in milliseconds
 */
export const createHandler =
  (check: Check, patienceMs: number) =>
  async (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> => {
    const { Ingest: ingest = '', Apply: apply = '', Publish: publish, Alias: alias = '' } = event.ResourceProperties;
    const former = 'OldResourceProperties' in event ? event.OldResourceProperties : {};
    const giveUpAt = Date.now() + Math.min(patienceMs, context.getRemainingTimeInMillis() - RESERVE_MS);
    try {
      const result =
        nothingToCheck(event.RequestType, event.ResourceProperties, former) ??
        (await check({ ingest, apply, publish, alias }, giveUpAt));
      log('INFO', 'release check', { result });
      await answer(event, { Status: 'SUCCESS' });
    } catch (error) {
      const problem = describeError(error);
      log('ERROR', 'release check', { requestId: context.awsRequestId, problem });
      await answer(event, {
        Status: 'FAILED',
        Reason: `The new release does not work, so the old one stays: ${problem}. See the logs of the functions.`,
      });
    }
  };

const answer = async (event: CloudFormationCustomResourceEvent, outcome: Readonly<Record<string, string>>): Promise<void> => {
  const { StackId, RequestId, LogicalResourceId } = event;
  const PhysicalResourceId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : LogicalResourceId;
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, PhysicalResourceId, ...outcome });
  // The signature of the URL is over an empty content type.
  const { ok, status } = await fetch(event.ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body });
  if (!ok) throw new Error(`CloudFormation's response URL returned ${status}`);
};
