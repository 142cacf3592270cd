import type { Stack } from 'aws-cdk-lib';

/** What the dashboard of a stack is called, of which the account has one list for all regions. */
export const dashboardName = ({ stackName, region }: Stack): string => `${stackName}-${region}`;

/** Where it is in the AWS console. */
export const dashboardUrl = (stack: Stack): string =>
  `https://console.aws.amazon.com/cloudwatch/home?region=${stack.region}#dashboards/dashboard/${dashboardName(stack)}`;
