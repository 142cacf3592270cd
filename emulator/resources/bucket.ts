import { physicalName } from '../aws/account.ts';
import type { S3Engine } from '../engines/s3/s3.ts';
import type { Creator } from '../template/resolve.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const NAME_AT_MOST = 63;

/** AWS::S3::Bucket. */
export const createBucket =
  (s3: S3Engine, stackName: string): Creator =>
  async (logicalId, { BucketName, NotificationConfiguration }) => {
    const name = BucketName ?? physicalName(stackName, logicalId).toLowerCase().slice(-NAME_AT_MOST).replace(/^-+/, '');
    await s3.createBucket(name, NotificationConfiguration?.EventBridgeConfiguration?.EventBridgeEnabled === true);
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
  };
