import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');
const TEXTS = globSync(['*.md', '{docs,infra,oncall,functions,local,reader,package}/**/*.{md,ts}'], { cwd: PROJECT });

// "The aws command line".
const PROSE = / (command|line|sdk|or)$/;

/** Commands of the AWS command line that call nothing of the account. */
const OF_THE_MACHINE = ['sso login', 'configure list'];

/** The commands of the `aws` command line that a person reads anywhere in the project, such as `sns subscribe`. */
export const suggestedCommands = (): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const file of TEXTS) {
    const text = readFileSync(join(PROJECT, file), 'utf8');
    for (const [, service, command] of text.matchAll(/\baws ([a-z][\w-]+) ([a-z]+(?:-[a-z]+)*)/g))
      found.set(`${service} ${command}`, file);
  }
  // oncall/key-problem.ts puts the command in later.
  for (const command of ['describe-key', 'cancel-key-deletion', 'enable-key'])
    found.set(`kms ${command}`, 'oncall/key-problem.ts');
  return new Map([...found].filter(([command]) => !OF_THE_MACHINE.includes(command) && !PROSE.test(command)));
};

/** The action of a command: `sns:Subscribe`. */
export const actionOf = (command: string): string => {
  const [service, name = ''] = command.split(' ');
  return `${service}:${name.replaceAll(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase())}`;
};

/**
 * What the AWS console calls for the dashboard and for logs.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/permissions-reference-cw.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html
 */
export const OF_THE_CONSOLE = [
  ...['GetDashboard', 'ListDashboards', 'GetMetricData', 'GetMetricWidgetImage'].map((name) => `cloudwatch:${name}`),
  ...['StartQuery', 'GetQueryResults', 'FilterLogEvents', 'DescribeLogGroups'].map((name) => `logs:${name}`),
];
