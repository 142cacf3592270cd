import type { Stack } from 'aws-cdk-lib';

/** The name of a stack's dashboard. Dashboard names are unique per account across all regions. */
export const dashboardName = ({ stackName, region }: Stack): string => `${stackName}-${region}`;

/** The URL of the dashboard in the AWS console. */
export const dashboardUrl = (stack: Stack): string =>
  `https://console.aws.amazon.com/cloudwatch/home?region=${stack.region}#dashboards/dashboard/${dashboardName(stack)}`;
