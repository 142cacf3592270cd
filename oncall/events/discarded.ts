import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import type { StreamRecord } from '../../functions/publish/schedule.ts';
import { recordOf } from '../../functions/publish/stream-record.ts';
import type { Target } from '../target.ts';
import type { Contents } from './contents.ts';

const DISCARDED = 'publish failed on it for a day';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html */
const Records = v.object({ Records: v.array(v.record(v.string(), v.unknown())) });
const InvocationRecord = v.object({ payload: v.union([Records, v.pipe(v.string(), v.parseJson(), Records)]) });

const recordsIn = (text: string | undefined): StreamRecord[] | undefined => {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), InvocationRecord), text);
  try {
    return parsed.success ? parsed.output.payload.Records.map(recordOf) : undefined;
  } catch {
    return undefined;
  }
};

/** Reads a batch that Lambda has discarded from the bucket. @throws the errors of S3 other than that it does not exist */
export const discardedChanges = async ({ client, deployed }: Target, Bucket: string, Key: string): Promise<Contents> => {
  // The name of a local bucket is no part of a host name that resolves.
  const s3 = new S3Client({ ...client, forcePathStyle: !deployed });
  const what = `the batch ${Key}`;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const records = recordsIn(await Body?.transformToString());
    if (!records) {
      const problem = 'it is not an invocation record of Lambda';
      return { kind: 'none', what, problem, says: 'view it in the S3 console; delete it and its message if they are not needed' };
    }
    return {
      kind: 'changes',
      changes: records.map(({ id, key, before }) => ({ id, key, before, problem: DISCARDED })),
      remove: async () => void (await s3.send(new DeleteObjectCommand({ Bucket, Key }))),
    };
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error;
    return { kind: 'none', what, problem: 'the bucket no longer has it', says: 'see events-unpublished in oncall/RUNBOOK.md' };
  }
};
