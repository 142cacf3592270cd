import { awsAnswer } from '../../aws/request.ts';
import { type Action, refused, seconds, type Version } from './secret.ts';

const PAGE = 100;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export const getSecretValue: Action = ({ arn, name, secret, input }) => {
  const { VersionId, VersionStage = VersionId === undefined ? 'AWSCURRENT' : undefined } = input;
  const found = secret.versions.find(
    ({ id, stages }) => id === (VersionId ?? id) && (VersionStage === undefined || stages.includes(VersionStage)),
  );
  if (!found) {
    const which = VersionId === undefined ? `staging label: ${VersionStage}` : `VersionId: ${VersionId}`;
    return refused('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${which}`);
  }
  const { id, value, stages, createdAt } = found;
  return {
    answer: awsAnswer({
      ARN: arn,
      Name: name,
      VersionId: id,
      VersionStages: stages,
      SecretString: value,
      CreatedDate: seconds(createdAt),
    }),
  };
};

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
export const describeSecret: Action = ({ arn, name, secret: { createdAt, versions, deletedFrom } }) => ({
  answer: awsAnswer({
    ARN: arn,
    Name: name,
    CreatedDate: seconds(createdAt),
    LastChangedDate: seconds(versions[0]?.createdAt ?? createdAt),
    ...(deletedFrom !== undefined && { DeletedDate: seconds(deletedFrom) }),
    VersionIdsToStages: Object.fromEntries(versions.filter(isLabeled).map(({ id, stages }) => [id, stages])),
  }),
});

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html */
export const listSecretVersionIds: Action = ({ arn, name, secret, input }) => {
  const { IncludeDeprecated = false, MaxResults = PAGE, NextToken = '0' } = input;
  const listed = secret.versions.filter((version) => IncludeDeprecated || isLabeled(version));
  const end = Number(NextToken) + MaxResults;
  return {
    answer: awsAnswer({
      ARN: arn,
      Name: name,
      Versions: listed.slice(Number(NextToken), end).map(({ id, stages, createdAt }) => ({
        VersionId: id,
        VersionStages: stages,
        CreatedDate: seconds(createdAt),
      })),
      ...(end < listed.length && { NextToken: String(end) }),
    }),
  };
};

const isLabeled = ({ stages }: Version): boolean => stages.length > 0;
