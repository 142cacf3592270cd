import { ACCOUNT_ID, REGION } from '../aws/account.ts';
import type { Authorization } from './authorization.ts';
import type { Call } from './policy.ts';

/** Asks the template's policies. Everything is allowed until they are resolved: the start creates resources before. */
export const createPermissions = (print: (line: string) => void) => {
  let authorization: Authorization | undefined;

  /** Whether the function with this logical id may do all of these actions. Prints what is refused. */
  const mayDo = (functionId: string, actions: readonly string[], resource: string): boolean => {
    const refusals = actions.flatMap((action) => authorization?.refusalOf(functionId, { action, resource }) ?? []);
    for (const refusal of refusals) print(refusal);
    return refusals.length === 0;
  };

  return {
    enforce: (resolved: Authorization): void => {
      authorization = resolved;
    },
    refusalOfService: (service: string, call: Call): string | undefined => authorization?.refusalOfService(service, call),
    mayDo,
    mayLog: (functionId: string, logGroup: string): boolean =>
      mayDo(
        functionId,
        ['logs:CreateLogStream', 'logs:PutLogEvents'],
        `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${logGroup}:log-stream:local`,
      ),
    mayTrace: (functionId: string): boolean => mayDo(functionId, ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'),
  };
};

export type Permissions = ReturnType<typeof createPermissions>;
