import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { type WithCode, WRITTEN_AT } from './cloudformation.ts';

/**
 * Writes a Terraform module that deploys the template: a stack of CloudFormation, with the code and the template in a bucket.
 *
 * @param from the folder of the template and the code
 */
export const writeTerraform = async (folder: string, { template, code }: WithCode, from: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const path of Object.values(code)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, `${path}.zip`), await zipOf(join(from, path)));
  }
  for (const [name, text] of Object.entries({
    'main.tf': mainOf(code, Object.keys(template.Parameters)),
    'variables.tf': variablesOf(template),
    'outputs.tf': outputsOf(Object.entries(template.Outputs)),
    'template.json.tftpl': templateFileOf(template, code),
  }))
    await writeFile(join(folder, name), text);
};

/** The same bytes for the same files, which are in one folder: Terraform compares their hash on whatever machine it plans and applies. */
const zipOf = async (folder: string): Promise<Uint8Array> => {
  const files: Record<string, Uint8Array> = {};
  for (const name of (await readdir(folder)).sort()) files[name] = await readFile(join(folder, name));
  // Lambda needs files that everybody may read. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html
  return zipSync(files, { mtime: WRITTEN_AT, os: UNIX, attrs: 0o644 << 16 });
};

const UNIX = 3;

/**
 * For templatefile: with the places of the code, and what looks like its syntax escaped.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
 */
const templateFileOf = (template: WithCode['template'], code: WithCode['code']): string =>
  Object.entries(code).reduce(
    (text, [id, path]) =>
      text.replace(
        `"Code": ${JSON.stringify(path)}`,
        () => `"Code": {"S3Bucket": \${jsonencode(bucket)}, "S3Key": \${jsonencode(keys["${id}"])}}`,
      ),
    `${JSON.stringify(template, undefined, 1)}\n`.replaceAll('${', '$$$${').replaceAll('%{', '%%{'),
  );

const snake = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

/** Assignments as `terraform fmt` aligns them. */
const aligned = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `    ${name.padEnd(width)} = ${value}`).join('\n');
};

const mainOf = (code: WithCode['code'], parameters: readonly string[]): string => `terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.16" }
  }
}

locals {
  code = {
${aligned(Object.entries(code).map(([id, path]) => [id, `"${path}.zip"`]))}
  }
  template = templatefile("\${path.module}/template.json.tftpl", {
    bucket = var.bucket
    keys   = { for id, object in aws_s3_object.code : id => object.key }
  })
}

data "aws_s3_bucket" "code" {
  bucket = var.bucket
}

# A rollback needs the former code: it is deleted after the stack has been updated.
resource "aws_s3_object" "code" {
  for_each = local.code
  bucket   = var.bucket
  key      = "\${var.prefix}\${var.name}/\${filesha256("\${path.module}/\${each.value}")}.zip"
  source   = "\${path.module}/\${each.value}"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_object" "template" {
  bucket  = var.bucket
  key     = "\${var.prefix}\${var.name}/\${sha256(local.template)}.json"
  content = local.template
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudformation_stack" "this" {
  name         = var.name
  template_url = "https://\${data.aws_s3_bucket.code.bucket_regional_domain_name}/\${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM"]
  tags         = var.tags
  parameters = {
${aligned(parameters.map((name) => [name, `var.${snake(name)}`]))}
  }
}
`;

const variable = (name: string, type: string, description: string, value?: unknown): string => `variable "${name}" {
  type        = ${type}
  description = ${JSON.stringify(description)}${value === undefined ? '' : `\n  default     = ${JSON.stringify(value)}`}
}
`;

const variablesOf = ({ Parameters }: WithCode['template']): string =>
  [
    variable('bucket', 'string', 'A bucket in the region of the stack, for the code and the template.'),
    variable('prefix', 'string', 'The start of the keys of the objects in the bucket.', 'fractal-webhooks/'),
    variable('name', 'string', 'The name of the stack.', 'FractalWebhooks'),
    variable('tags', 'map(string)', 'Tags for all resources of the stack.', {}),
    ...Object.entries<{ Type: string; Default: unknown; Description: string }>(Parameters).map(
      ([name, { Type, Default, Description }]) => variable(snake(name), Type.toLowerCase(), Description, Default),
    ),
  ].join('\n');

const outputsOf = (outputs: readonly [string, { Description?: string }][]): string =>
  outputs
    .map(
      ([name, { Description }]) => `output "${snake(name)}" {
  value${Description ? '      ' : ''} = aws_cloudformation_stack.this.outputs["${name}"]${Description ? `\n  description = ${JSON.stringify(Description)}` : ''}
}
`,
    )
    .join('\n');
