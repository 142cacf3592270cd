import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** Replaces infra/function-code.ts in the package, which contains bundled functions. */
export const codeOf = (folder: string): Code => Code.fromAsset(join(import.meta.dirname, '../functions', folder));
