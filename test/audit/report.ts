import * as v from 'valibot';

const Advisory = v.object({ title: v.string(), url: v.string(), severity: v.string(), range: v.string() });

/** A report, version 2, of `npm audit --json`. https://docs.npmjs.com/cli/v11/commands/npm-audit */
const Report = v.object({
  auditReportVersion: v.literal(2),
  vulnerabilities: v.record(
    v.string(),
    // `via` has names instead of advisories for packages that are listed only because they depend on a vulnerable one.
    v.object({ name: v.string(), nodes: v.array(v.string()), via: v.array(v.union([v.string(), Advisory])) }),
  ),
});

/** What npm prints if the registry does not answer, or has no audit endpoint. */
const Unavailable = v.object({ message: v.pipe(v.string(), v.nonEmpty()) });

export interface Vulnerability extends v.InferOutput<typeof Advisory> {
  readonly name: string;
  /** Where the package is installed. */
  readonly nodes: readonly string[];
}

export type Audit =
  | { readonly kind: 'audited'; readonly vulnerabilities: readonly Vulnerability[] }
  | { readonly kind: 'unavailable'; readonly reason: string };

const SEVERE = ['high', 'critical'];

/**
 * The vulnerabilities of high or critical severity in an output of `npm audit --json`.
 *
 * @throws Error if it is neither a report nor the error of a registry
 */
export const readAudit = (output: string): Audit => {
  const json = parsed(output);
  const report = v.safeParse(Report, json);
  if (report.success) {
    const vulnerabilities = Object.values(report.output.vulnerabilities).flatMap(({ name, nodes, via }) =>
      via.flatMap((one) => (typeof one === 'string' ? [] : [{ ...one, name, nodes }])),
    );
    return { kind: 'audited', vulnerabilities: vulnerabilities.filter(({ severity }) => SEVERE.includes(severity)) };
  }
  const unavailable = v.safeParse(Unavailable, json);
  if (unavailable.success) return { kind: 'unavailable', reason: unavailable.output.message };
  throw new Error(`npm audit has printed no report: ${output.trim().slice(0, 300) || 'nothing'}`);
};

const parsed = (output: string): unknown => {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
};
