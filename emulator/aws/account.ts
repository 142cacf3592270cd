/** The AWS account of the local stack, and the only one that its engines accept. */
export const ACCOUNT_ID = '000000000000';
export const REGION = 'eu-central-1';

// The limit for queue names, the lowest of all resources that are named here.
const NAME_AT_MOST = 80;

/** The name of a resource that has none in the template. CloudFormation also appends random characters. */
export const physicalName = (stackName: string, logicalId: string): string =>
  `${stackName}-${logicalId}`.slice(-NAME_AT_MOST).replace(/^-+/, '');

/** The ARN of a function. @param reference its name or its ARN */
export const functionArn = (reference: string): string =>
  reference.startsWith('arn:') ? reference : `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${reference}`;

/** The name of a function, from its name or ARN, with or without an alias or a version. */
export const functionNameIn = (reference: string): string | undefined => reference.replace(/^arn:.*:function:/, '').split(':')[0];

/** The name of a log group, from its ARN, with or without `:*`. */
export const logGroupIn = (arn: string): string => arn.replace(/^.*:log-group:/, '').replace(/:\*$/, '');

/** The values of CloudFormation's pseudo parameters in this account. */
export const pseudoParameters = (stackName: string): Record<string, string> => ({
  'AWS::AccountId': ACCOUNT_ID,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': stackName,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${stackName}/local`,
});
