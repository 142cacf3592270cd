import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { readAssembly } from '../emulator/template/assembly.ts';
import { encodeEnvelope } from '../functions/core/envelope.ts';
import { deliveryId, signatureHash } from '../functions/ingest/delivery-id.ts';
import { bundle } from '../infra/bundle.ts';
import type { Name } from './names.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const RECOMMENDED = join(PROJECT, 'bench/recommended');

/** One of the compared implementations: its bundles, and its message format. */
export interface Implementation {
  readonly name: Name;
  /** The bundled file that exports `handler`. */
  readonly ingest: string;
  readonly apply: string;
  readonly env: Readonly<Record<string, string>>;
  /** The message that its ingest sends for a notification with this body. */
  message(body: string): string;
}

/** Bundles all three: `ours` and `floor` the same way, `recommended` with the defaults of the CDK's NodejsFunction. */
export const bundleImplementations = async (): Promise<Implementation[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'fractal-webhooks-bench-'));
  const own = (name: string, entry: string): string => {
    bundle(resolve(PROJECT, entry), join(folder, name));
    return join(folder, name, 'index.mjs');
  };
  const id = (body: string) => deliveryId(Buffer.from(body));
  const entry = '*';
  const recommended = await bundleRecommended(join(folder, 'recommended'));
  return [
    {
      name: 'ours',
      ingest: own('ours-ingest', 'functions/ingest/index.ts'),
      apply: own('ours-apply', 'functions/apply/index.ts'),
      env: {},
      message: (body) => {
        const bytes = Buffer.from(body);
        const proof = { entry, signatureSha256: signatureHash(body) };
        return encodeEnvelope({ id: id(body), receivedAt: Date.now(), bytes, proof });
      },
    },
    {
      name: 'floor',
      ingest: own('floor-ingest', 'bench/floor/ingest.ts'),
      apply: own('floor-apply', 'bench/floor/apply.ts'),
      env: {},
      message: (body) =>
        JSON.stringify({ id: id(body), received_at: Date.now(), body, entry, signature_sha256: signatureHash(body) }),
    },
    {
      name: 'recommended',
      ...recommended,
      // NodejsFunction does not bundle the SDK. Lambda's runtime provides it; here these packages do.
      env: { NODE_PATH: join(RECOMMENDED, 'node_modules') },
      message: (body) => JSON.stringify({ id: id(body), received_at: Date.now(), notification: JSON.parse(body) }),
    },
  ];
};

const bundleRecommended = async (outdir: string): Promise<{ ingest: string; apply: string }> => {
  if (!existsSync(join(RECOMMENDED, 'node_modules'))) {
    throw new Error('The packages of bench/recommended are not installed. Install them with: npm ci --prefix bench/recommended');
  }
  const app = new App({ outdir });
  const stack = new Stack(app, 'Recommended');
  for (const name of ['ingest', 'apply']) {
    new NodejsFunction(stack, name, {
      entry: join(RECOMMENDED, `${name}.ts`),
      runtime: Runtime.NODEJS_24_X,
      depsLockFilePath: join(RECOMMENDED, 'package-lock.json'),
    });
  }
  app.synth();
  const { template, assetFolder } = await readAssembly(outdir, { name: 'Recommended' });
  const fileOf = (name: string): string => {
    const [, lambda] =
      Object.entries(template.Resources).find(([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(name)) ?? [];
    const code = lambda?.Properties?.Code as { S3Key: string } | undefined;
    if (!code) throw new Error(`The synthesis contains no function ${name}`);
    return join(assetFolder(code.S3Key), 'index.js');
  };
  return { ingest: fileOf('ingest'), apply: fileOf('apply') };
};
