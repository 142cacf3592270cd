import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** JSON of a template. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A parameter of the template for CloudFormation: a setting that reaches no function, whose version would stay as it is. */
export interface Parameter {
  readonly setting: 'recoveryDays' | 'logRetentionDays' | 'silenceAlarmHours' | 'runbookUrl';
  readonly describes: string;
  /** The setting in the template that is compared with the defaults, to find where it goes. */
  readonly other: number | string;
  readonly limits: Readonly<Record<string, Json>>;
}

const between = (MinValue: number, MaxValue: number) => ({ MinValue, MaxValue });

/** The parameters, with the default of the stage prod, besides the address for alarms. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  RecoveryDays: {
    setting: 'recoveryDays',
    describes: 'How many days back the tables can be restored, and how long the archive keeps events.',
    other: 29,
    limits: between(1, 35),
  },
  LogRetentionDays: {
    setting: 'logRetentionDays',
    describes: 'How many days logs are kept.',
    other: RetentionDays.ONE_YEAR,
    limits: {
      AllowedValues: Object.values(RetentionDays).filter((days) => Number.isInteger(days) && Number(days) < 9_999) as number[],
    },
  },
  SilenceAlarmHours: {
    setting: 'silenceAlarmHours',
    describes: 'An alarm triggers if Fractal sends nothing for this many hours.',
    other: 167,
    limits: between(1, 168),
  },
  RunbookUrl: {
    setting: 'runbookUrl',
    describes: 'The page to whose sections the descriptions of the alarms link.',
    other: 'https://other.example.com/RUNBOOK.md',
    limits: {},
  },
};

/** What stands in the place of a value. */
type Place = readonly [value: number | string, other: number | string, reference: string];

/**
 * Replaces each value in which two templates differ by a reference to the parameter that makes the difference.
 *
 * @throws Error if they differ in anything else: a setting that reaches a name, a derived number or a function is no parameter
 */
export const parameterize = (template: Json, other: Json, places: readonly Place[], path = ''): Json => {
  if (Array.isArray(template) && Array.isArray(other) && template.length === other.length) {
    return template.map((value, index) => parameterize(value, other[index] as Json, places, `${path}/${index}`));
  }
  if (isObject(template) && isObject(other) && Object.keys(template).join() === Object.keys(other).join()) {
    return Object.fromEntries(
      Object.entries(template).map(([name, value]) => [
        name,
        parameterize(value, other[name] as Json, places, `${path}/${name}`),
      ]),
    );
  }
  if (template === other) return template;
  for (const [value, of, Ref] of places) if (template === value && other === of) return { Ref };
  if (typeof template !== 'string' || typeof other !== 'string') throw new Error(`${path} differs, and no parameter says how`);
  const joined = joinedFrom(template, places);
  if (filled(joined, places) !== other) throw new Error(`${path} differs, and no parameter says how: ${template}`);
  return { 'Fn::Join': ['', joined] };
};

const isObject = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The parts of a text: what is between the values, and references in the place of the values. */
const joinedFrom = (text: string, places: readonly Place[]): readonly (string | { readonly Ref: string })[] =>
  places.reduce<readonly (string | { readonly Ref: string })[]>(
    (parts, [value, , Ref]) =>
      parts.flatMap((part) =>
        typeof part === 'string'
          ? part
              .split(typeof value === 'number' ? new RegExp(`\\b${value}\\b`) : value)
              .flatMap((rest, index) => (index === 0 ? [rest] : [{ Ref }, rest]))
              .filter((one) => one !== '')
          : [part],
      ),
    [text],
  );

const filled = (parts: ReturnType<typeof joinedFrom>, places: readonly Place[]): string =>
  parts.map((part) => (typeof part === 'string' ? part : places.find(([, , reference]) => reference === part.Ref)?.[1])).join('');
