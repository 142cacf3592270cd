import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCloudFormation } from '../../package/cloudformation.ts';
import { writeTerraform } from '../../package/terraform.ts';

/** Writes the template for CloudFormation alone and the Terraform module, into the folders `cloudformation` and `terraform`. */
export const writePlainTemplate = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-webhooks-plain-'));
  const plain = await writeCloudFormation(join(folder, 'cloudformation'));
  await writeTerraform(join(folder, 'terraform'), plain, join(folder, 'cloudformation'));
  return { ...plain, folder, remove: () => rm(folder, { recursive: true }) };
};

export type PlainTemplate = Awaited<ReturnType<typeof writePlainTemplate>>;
