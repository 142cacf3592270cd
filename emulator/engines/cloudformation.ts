import type { Service } from '../aws/request.ts';
import { xmlAnswer, xmlElements, xmlError } from '../aws/xml.ts';

/** CloudFormation, as far as this project uses it: the outputs of the running stack. */
export const createCloudFormation =
  (stackName: string, outputs: Readonly<Record<string, string>>): Service =>
  async ({ action, body }) => {
    const wanted = new URLSearchParams(body.toString()).get('StackName');
    if (action !== 'DescribeStacks') return xmlError('ValidationError', `The local CloudFormation does not support ${action}`);
    if (wanted !== stackName) return xmlError('ValidationError', `Stack with id ${wanted} does not exist`);
    const members = Object.entries(outputs).map(
      ([OutputKey, OutputValue]) => `<member>${xmlElements({ OutputKey, OutputValue })}</member>`,
    );
    const facts = xmlElements({ StackName: stackName, CreationTime: '2000-01-01T00:00:00Z', StackStatus: 'CREATE_COMPLETE' });
    return xmlAnswer(action, `<Stacks><member>${facts}<Outputs>${members.join('')}</Outputs></member></Stacks>`);
  };
