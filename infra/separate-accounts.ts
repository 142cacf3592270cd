import type { InstallationSettings } from './settings.ts';

type Installation = Pick<InstallationSettings, 'stage' | 'account' | 'bootstrapQualifier'>;

/** The qualifier of a bootstrap stack unless another is given. */
const DEFAULT_QUALIFIER = 'hnb659fds';

/** A reason why the roles that deploy another stage may reach prod. */
export type SharedAccount =
  | { readonly kind: 'shared'; readonly prod: string; readonly other: string; readonly account: string }
  | { readonly kind: 'unknown'; readonly installation: string };

const deployedBySameRoles = (one: Installation, two: Installation): boolean =>
  (one.bootstrapQualifier ?? DEFAULT_QUALIFIER) === (two.bootstrapQualifier ?? DEFAULT_QUALIFIER);

/**
 * Every installation of another stage in prod's account, unless it is bootstrapped with another qualifier; and every installation
 * that cannot be compared, because its account is not set. The bootstrap roles of an account and region deploy all its stacks.
 * https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
 */
export const sharedAccounts = (installations: Readonly<Record<string, Installation>>): readonly SharedAccount[] => {
  const all = Object.entries(installations);
  const pairs = all
    .filter(([, { stage }]) => stage === 'prod')
    .flatMap((prod) => all.filter(([, { stage }]) => stage !== 'prod').map((other) => [prod, other] as const))
    .filter(([[, prod], [, other]]) => deployedBySameRoles(prod, other));
  const shared = pairs.flatMap(([[prod, { account }], [other, settings]]) =>
    account !== undefined && account === settings.account ? [{ kind: 'shared', prod, other, account } as const] : [],
  );
  const unset = new Set(pairs.flat().flatMap(([name, { account }]) => (account === undefined ? [name] : [])));
  return [...shared, ...[...unset].map((installation) => ({ kind: 'unknown', installation }) as const)];
};
