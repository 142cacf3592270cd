/** The properties of the custom resource, as far as they are versions of functions: `arn:…:function:NAME:7`. */
export type Properties = Readonly<Record<string, unknown>>;

/**
 * Why there is nothing to check; `undefined` if there is. Only a new release is checked, because a check that fails during a
 * rollback would leave the stack in UPDATE_ROLLBACK_FAILED. In a rollback CloudFormation sends an `Update` with the former
 * properties, and it is not documented where the aliases point by then. The versions of a function ascend, also if an earlier
 * release is deployed again.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-update.html
 */
export const nothingToCheck = (request: string, properties: Properties, former: Properties): string | undefined => {
  if (request === 'Create') return undefined;
  if (request !== 'Update') return 'nothing to do';
  const [now, before] = [versionsIn(properties), versionsIn(former)];
  const changes = [...before].map(([name, version]) => Math.sign((now.get(name) ?? 0) - version));
  if (changes.some((change) => change < 0)) return 'a rollback: the former versions are not checked again';
  return changes.some((change) => change > 0) ? undefined : 'no function has a new version';
};

const versionsIn = (properties: Properties): ReadonlyMap<string, number> =>
  new Map(
    Object.values(properties).flatMap((value) => {
      const [, name, version] = /:function:([^:]+):(\d+)$/.exec(String(value)) ?? [];
      return name === undefined ? [] : [[name, Number(version)]];
    }),
  );
