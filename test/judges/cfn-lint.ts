import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A finding of cfn-lint. */
export interface Finding {
  readonly Level: 'Error' | 'Warning';
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
}

const CFN_LINT = 'import sys; from cfnlint.runner import main; sys.exit(main())';

/** The errors and warnings of cfn-lint about a template file, for all regions. */
export const lint = async (template: string): Promise<Finding[]> => {
  const options = ['--format', 'json', '--regions', 'ALL_REGIONS', '--non-zero-exit-code', 'none', '--template', template];
  const { stdout } = await promisify(execFile)('python3', ['-c', CFN_LINT, ...options]);
  return JSON.parse(stdout);
};
