import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** Stands in for infra/function-code.ts in the package, where the functions are bundled already. */
export const codeOf = (folder: string): Code => Code.fromAsset(join(import.meta.dirname, '../functions', folder));
