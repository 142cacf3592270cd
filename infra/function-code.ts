import { resolve } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { bundle } from './bundle.ts';

const FUNCTIONS = resolve(import.meta.dirname, '../functions');

/** The code of a function, bundled locally from the `index.ts` of its folder below functions/. */
export const codeOf = (folder: string): Code =>
  Code.fromAsset(resolve(FUNCTIONS, folder), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: { tryBundle: (outdir) => bundle(resolve(FUNCTIONS, folder, 'index.ts'), outdir) },
      image: Runtime.NODEJS_24_X.bundlingImage, // required by the type; never used, because tryBundle always succeeds
    },
  });
