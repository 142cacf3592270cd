import { cp, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings } from '../infra/read-settings.ts';
import { DEFAULTS } from '../infra/stages.ts';
import { WebhooksStack } from '../infra/webhooks-stack.ts';
import { type Json, PARAMETERS, type Parameter, parameterize } from './parameters.ts';

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of every shape.
type Template = Record<string, any>;

const NAMES = ['FractalWebhooks', 'OtherStackName'] as const;
/**
 * The time of all files of code, which counts for the hash by which `aws cloudformation package` names what it uploads. In local
 * time, as zip files have it.
 */
export const WRITTEN_AT = new Date(2000, 0, 1, 12);

const ADDRESS = 'alarms@example.com';

/** A template, and the folder of each function's code, by its logical id. */
export interface WithCode {
  readonly template: Template;
  readonly code: Readonly<Record<string, string>>;
}

/**
 * Writes the template for CloudFormation alone, and beside it the code of the functions: `aws cloudformation package` uploads it.
 * It comes from the construct, with the defaults of the stage prod.
 *
 * @returns the template as it is written, and where the code is
 */
export const writeCloudFormation = async (folder: string): Promise<WithCode> => {
  const temporary = await mkdtemp(join(tmpdir(), 'fractal-webhooks-template-'));
  try {
    const [one, other] = await synthesize(temporary);
    const plain = withParameters(one, other);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const [id, to] of Object.entries(plain.code)) {
      await cp(one.code[id] as string, join(folder, to), { recursive: true });
      for (const name of await readdir(join(folder, to))) await utimes(join(folder, to, name), WRITTEN_AT, WRITTEN_AT);
    }
    await writeFile(join(folder, 'template.json'), `${JSON.stringify(plain.template, undefined, 1)}\n`);
    return plain;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};

/** The stack with the defaults, and with another value of each parameter. */
const synthesize = async (outdir: string): Promise<[WithCode, WithCode]> => {
  const app = new App({ outdir, analyticsReporting: false });
  const others = Object.fromEntries(Object.values(PARAMETERS).map(({ setting, other }) => [setting, other]));
  for (const [index, name] of NAMES.entries()) {
    const settings = { stage: 'prod', alarmEmail: ADDRESS, ...(index === 0 ? {} : others) };
    new WebhooksStack(app, name, { settings: readSettings(settings) });
  }
  app.synth();
  return [await readStack(outdir, NAMES[0]), await readStack(outdir, NAMES[1])];
};

const readStack = async (outdir: string, name: string): Promise<WithCode> => {
  const read = async (file: string) => JSON.parse(await readFile(join(outdir, file), 'utf8'));
  const template: Template = await read(`${name}.template.json`);
  const { files } = await read(`${name}.assets.json`);
  const code = Object.entries<Template>(template.Resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::Lambda::Function'
      ? [[id, join(outdir, files[Properties.Code.S3Key.replace(/\.zip$/, '')].source.path)] as const]
      : [],
  );
  return { template, code: Object.fromEntries(code) };
};

/** @throws Error if a setting that is a parameter changes more than values */
const withParameters = ({ template, code }: WithCode, other: WithCode): WithCode => {
  const places = [
    ...Object.entries(PARAMETERS).map(([name, { setting, other: of }]) => [DEFAULTS.prod[setting], of, name] as const),
    [...NAMES, 'AWS::StackName'] as const,
  ];
  const folders = Object.fromEntries(Object.keys(code).map((id) => [id, `code/${id.replace(/(Function)?[0-9A-F]{8}$/, '')}`]));
  return {
    template: {
      AWSTemplateFormatVersion: '2010-09-09',
      Description: template.Description,
      Parameters: {
        AlarmEmail: ALARM_EMAIL,
        ...Object.fromEntries(Object.entries(PARAMETERS).map(([name, parameter]) => [name, parameterOf(parameter)])),
      },
      Conditions: { HasAlarmEmail: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AlarmEmail' }, ''] }] } },
      ...(parameterize(partsOf(template, folders), partsOf(other.template, folders), places) as Template),
    },
    code: folders,
  };
};

const ALARM_EMAIL = {
  Type: 'String',
  Default: '',
  Description: 'The address that gets the alarms. AWS first sends it a link, which must be followed. Empty: nobody gets them.',
};

const parameterOf = ({ setting, describes, limits }: Parameter) => {
  const Default = DEFAULTS.prod[setting];
  return { Type: typeof Default === 'number' ? 'Number' : 'String', Default, Description: describes, ...limits };
};

/** The resources and outputs, without what only the CDK needs. The logical id of a subscription has the address. */
const partsOf = ({ Resources, Outputs }: Template, folders: Readonly<Record<string, string>>): Json => {
  const subscription = Object.keys(Resources).find((id) => Resources[id].Type === 'AWS::SNS::Subscription') as string;
  const { [subscription]: subscribed, CDKMetadata: _, ...others } = Resources;
  return {
    Resources: {
      ...Object.fromEntries(
        Object.entries<Template>(others).map(([id, { Metadata, ...resource }]) => [
          id,
          id in folders ? { ...resource, Properties: { ...resource.Properties, Code: folders[id] } } : resource,
        ]),
      ),
      AlarmSubscription: {
        Type: subscribed.Type,
        Condition: 'HasAlarmEmail',
        Properties: { ...subscribed.Properties, Endpoint: { Ref: 'AlarmEmail' } },
      },
    },
    Outputs,
  };
};
