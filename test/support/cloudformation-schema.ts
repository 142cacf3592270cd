import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType } from '@aws-cdk/service-spec-types';
import type { Resource, Template } from '../../emulator/template/assembly.ts';

// Takes 0.7 s and 140 MB, so it is loaded once per process.
const spec = loadAwsServiceSpecSync();

type Fields = Readonly<Record<string, Property>>;

const TAG: Fields = {
  Key: { type: { type: 'string' }, required: true },
  Value: { type: { type: 'string' }, required: true },
};

// The intrinsic functions that return a value, in a template without transforms.
const INTRINSICS = /^(Ref|Fn::(Base64|Cidr|FindInMap|GetAtt|GetAZs|If|ImportValue|Join|Length|Select|Split|Sub|ToJsonString))$/;

const SCALARS: Readonly<Record<string, readonly [string, (value: unknown) => boolean]>> = {
  string: ['a string', (value) => typeof value === 'string'],
  'date-time': ['a string', (value) => typeof value === 'string'],
  integer: ['an integer', Number.isInteger],
  number: ['a number', (value) => typeof value === 'number'],
  boolean: ['a boolean', (value) => typeof value === 'boolean'],
};

/**
 * The violations of CloudFormation's resource schemas in a template, one sentence each. Checks resource types, properties at
 * every depth, the types of values, and the attributes in `Fn::GetAtt` and `Fn::Sub`. Stricter than CloudFormation, it does not
 * accept text for a number or a boolean. An intrinsic function may replace a scalar or a list, but not an object.
 *
 * It checks only what `@aws-cdk/aws-service-spec` has of the schemas. Version 0.1.216 has:
 * - no ranges, lengths or patterns: MessageRetentionPeriod may be 9,999,999 (SQS maximum: 1,209,600), a name or an ARN any text
 * - the allowed values of some properties: RetentionInDays of a log group, PackageType and LoggingConfig of a function, and the
 *   Unit of a metric filter, but not BillingMode, Runtime, Architectures, ProtocolType, or any property of an alarm
 * - no conditional requirements: an alarm without a metric passes, as do a table without AttributeDefinitions and a mapping
 *   without EventSourceArn and Queues
 * - no schemas of JSON content: policy documents, RedrivePolicy, StageVariables, the body of a dashboard
 *
 * It also does not check the target of a `Ref`, the type that an intrinsic function returns, anything outside `Properties`
 * (DeletionPolicy, UpdatePolicy, Conditions), or the properties of a custom resource except ServiceToken.
 */
export const schemaFindings = ({ Resources, Outputs }: Template): string[] => [
  ...Object.entries(Resources).flatMap(([id, resource]) => ofResource(id, resource)),
  ...[...Object.entries(Resources), ...Object.entries(Outputs)].flatMap(([id, part]) => ofAttributes(id, part, Resources)),
];

const CUSTOM = 'AWS::CloudFormation::CustomResource';

const isCustom = (type: string): boolean => type === CUSTOM || type.startsWith('Custom::');

const schemaOf = (type: string) => spec.lookup('resource', 'cloudFormationType', 'equals', isCustom(type) ? CUSTOM : type)[0];

const ofResource = (id: string, { Type, Properties = {} }: Resource): string[] => {
  const schema = schemaOf(Type);
  if (!schema) return [`${id}: there is no resource type ${Type}`];
  // The CDK writes ServiceTimeout as text, which CloudFormation converts. Other properties depend on the resource.
  const given = Object.entries(Properties).filter(([name]) => !isCustom(Type) || name === 'ServiceToken');
  return ofFields(id, Type, schema.properties, Object.fromEntries(given));
};

const ofFields = (place: string, owner: string, fields: Fields, given: object): string[] => {
  const missing = Object.keys(fields).filter((name) => fields[name]?.required && !Object.hasOwn(given, name));
  return [
    ...missing.map((name) => `${place}: ${owner} requires the property ${name}`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return field ? ofValue(`${place}.${name}`, field.type, value) : [`${place}: ${owner} has no property ${name}`];
    }),
  ];
};

const ofValue = (place: string, type: PropertyType, value: unknown): string[] => {
  if (type.type === 'json') return [];
  if (type.type === 'union') return ofUnion(place, type.types, value);
  if (type.type === 'array') return ofList(place, type.element, value);
  if (type.type === 'ref' || type.type === 'tag' || type.type === 'map') return ofObject(place, type, value);
  return ofScalar(place, type, value);
};

const ofScalar = (place: string, type: PropertyType, value: unknown): string[] => {
  const [kind, fits] = SCALARS[type.type] ?? ['null', (other) => other === null];
  if (isIntrinsic(value)) return [];
  if (!fits(value)) return [`${place}: ${JSON.stringify(value)} is not ${kind}`];
  const allowed: readonly unknown[] | undefined = 'allowedValues' in type ? type.allowedValues : undefined;
  return !allowed || allowed.includes(value) ? [] : [`${place}: ${JSON.stringify(value)} is not one of ${allowed.join(', ')}`];
};

const ofList = (place: string, element: PropertyType, value: unknown): string[] => {
  if (isIntrinsic(value)) return [];
  if (!Array.isArray(value)) return [`${place}: ${JSON.stringify(value)} is not a list`];
  return value.flatMap((item, index) => ofValue(`${place}[${index}]`, element, item));
};

const ofObject = (place: string, type: PropertyType, value: unknown): string[] => {
  if (shapeOf(value) !== 'object') return [`${place}: ${JSON.stringify(value)} is not an object`];
  const given = value as object;
  if (type.type === 'map')
    return Object.entries(given).flatMap(([key, inner]) => ofValue(`${place}.${key}`, type.element, inner));
  if (type.type !== 'ref') return ofFields(place, 'Tag', TAG, given);
  const { name, properties } = spec.get('typeDefinition', type.reference);
  return ofFields(place, name, properties, given);
};

/** The type JSON matches anything, so it is used only if no other type has the shape of the value. */
const ofUnion = (place: string, types: readonly PropertyType[], value: unknown): string[] => {
  const shaped = types.filter((type) => shapeOfType(type) === shapeOf(value));
  const candidates = shaped.length > 0 ? shaped : types.filter(({ type }) => type === 'json');
  const attempts = (candidates.length > 0 ? candidates : types).map((type) => ofValue(place, type, value));
  return attempts.toSorted((one, other) => one.length - other.length)[0] ?? [];
};

const shapeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'object' ? 'object' : 'scalar');

const shapeOfType = ({ type }: PropertyType): string => {
  if (type in SCALARS) return 'scalar';
  return type === 'ref' || type === 'tag' || type === 'map' ? 'object' : type;
};

const isIntrinsic = (value: unknown): boolean => {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return keys.length === 1 && INTRINSICS.test(keys[0] ?? '');
};

const ofAttributes = (id: string, part: unknown, resources: Template['Resources']): string[] =>
  attributesIn(part).flatMap(([target, attribute]) => {
    const { Type = '' } = resources[target] ?? {};
    if (!Type) return [`${id}: Fn::GetAtt names the resource ${target}, which does not exist`];
    if (isCustom(Type) || Object.hasOwn(schemaOf(Type)?.attributes ?? {}, attribute)) return [];
    return [`${id}: Fn::GetAtt names the attribute ${attribute} of ${target}, which ${Type} does not have`];
  });

/** The resource and the attribute of each `Fn::GetAtt`, and of each `${Resource.Attribute}` in a `Fn::Sub`. */
const attributesIn = (value: unknown): (readonly [string, string])[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, argument]) => {
    if (name === 'Fn::GetAtt') return [pathOf(Array.isArray(argument) ? argument.join('.') : String(argument))];
    if (name !== 'Fn::Sub') return attributesIn(argument);
    const [text, variables] = Array.isArray(argument) ? argument : [argument];
    const names = [...String(text).matchAll(/\$\{(\w+\.[\w.]+)\}/g)].map(([, path = '']) => pathOf(path));
    return [...names, ...attributesIn(variables)];
  });
};

const pathOf = (path: string): readonly [string, string] => [path.replace(/\..*/s, ''), path.replace(/^[^.]*\./, '')];
