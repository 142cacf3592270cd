import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { judge, type Statement } from '../../emulator/iam/policy.ts';

export interface Judged {
  readonly action: string;
  readonly resource: string;
  readonly isAllowed: boolean;
}

const SERVICES: Readonly<Record<string, string>> = {
  AssumeRole: 'sts',
  DescribeStacks: 'cloudformation',
  GetTemplate: 'cloudformation',
};

const escaped = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/**
 * CloudFormation with one deployed template, and STS, for one caller. IAM judges every call by the caller's policy, except
 * GetCallerIdentity, which needs no permission. A call by the name of a stack is a call on `stack/NAME/*`.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
 */
export const startCloudFormation = async (account: string, region: string, template: string, policy: readonly Statement[]) => {
  const calls: Judged[] = [];
  const answer = (action: string, form: URLSearchParams): string => {
    if (action === 'GetCallerIdentity')
      return `<Arn>arn:aws:sts::${account}:assumed-role/caller/session</Arn><Account>${account}</Account>`;
    if (action === 'GetTemplate') return `<TemplateBody>${escaped(template)}</TemplateBody>`;
    return `<Stacks><member><StackName>${form.get('StackName')}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus>
      <CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>`;
  };
  const isAllowed = (action: string, form: URLSearchParams): boolean => {
    if (action === 'GetCallerIdentity') return true;
    const resource = form.get('RoleArn') ?? `arn:aws:cloudformation:${region}:${account}:stack/${form.get('StackName')}/*`;
    const call = { action: `${SERVICES[action] ?? 'unexpected'}:${action}`, resource };
    const verdict = judge(policy, call) === 'Allow';
    calls.push({ ...call, isAllowed: verdict });
    return verdict;
  };
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const action = form.get('Action') ?? `${request.method} ${request.url}`;
    if (isAllowed(action, form)) {
      response.end(`<${action}Response><${action}Result>${answer(action, form)}</${action}Result></${action}Response>`);
    } else {
      response.statusCode = 403;
      response.end(
        `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized: ${action}</Message></Error></ErrorResponse>`,
      );
    }
  });
  await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    calls,
    stop: () => new Promise((stopped) => server.close(stopped)),
  };
};
