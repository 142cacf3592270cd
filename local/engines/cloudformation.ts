import type { Service } from '../endpoint/request.ts';

/** CloudFormation, as far as this project uses it: the outputs of the running stack. */
export const createCloudFormation =
  (stackName: string, outputs: Readonly<Record<string, string>>): Service =>
  async ({ action, body }) => {
    const wanted = new URLSearchParams(body.toString()).get('StackName');
    if (action !== 'DescribeStacks') return xml(400, error(`The local CloudFormation has no ${action}`));
    if (wanted !== stackName) return xml(400, error(`Stack with id ${wanted} does not exist`));
    return xml(200, description(stackName, outputs));
  };

const xml = (status: number, body: string) => ({ status, headers: { 'content-type': 'text/xml' }, body });

const error = (message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`;

const description = (stackName: string, outputs: Readonly<Record<string, string>>): string => {
  const members = Object.entries(outputs)
    .map(
      ([key, value]) => `<member><OutputKey>${escapeXml(key)}</OutputKey><OutputValue>${escapeXml(value)}</OutputValue></member>`,
    )
    .join('');
  return `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${escapeXml(stackName)}</StackName><CreationTime>2000-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
};

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
