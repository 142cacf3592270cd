/** The AWS account that the local stack plays. The engines know no other. */
export const ACCOUNT_ID = '000000000000';
export const REGION = 'eu-central-1';

// A queue's; no other name that is made here may be as short.
const NAME_AT_MOST = 80;

/** What CloudFormation names a resource whose name the template leaves open; AWS adds random letters. */
export const physicalName = (stackName: string, logicalId: string): string =>
  `${stackName}-${logicalId}`.slice(-NAME_AT_MOST).replace(/^-+/, '');

/** The ARN of a function, by its name or as it is. */
export const functionArn = (reference: string): string =>
  reference.startsWith('arn:') ? reference : `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${reference}`;

/** The pseudo parameters of CloudFormation, as they are in this account. */
export const pseudoParameters = (stackName: string): Record<string, string> => ({
  'AWS::AccountId': ACCOUNT_ID,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': stackName,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${stackName}/local`,
});
