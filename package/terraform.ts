import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WithCode } from './cloudformation.ts';

/**
 * Writes a Terraform module that deploys the template: a stack of CloudFormation, with the code and the template in a bucket.
 *
 * @param from the folder of the template and the code
 */
export const writeTerraform = async (folder: string, { template, code }: WithCode, from: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const path of Object.values(code)) await cp(join(from, path), join(folder, path), { recursive: true });
  for (const [name, text] of Object.entries({
    'main.tf': mainOf(code, Object.keys(template.Parameters)),
    'variables.tf': variablesOf(template),
    'outputs.tf': outputsOf(Object.entries(template.Outputs)),
    'template.json.tftpl': templateFileOf(template, code),
  }))
    await writeFile(join(folder, name), text);
};

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

const mainOf = (code: WithCode['code'], parameters: readonly string[]): string => `terraform {
  required_version = ">= 1.5"
  required_providers {
    aws     = { source = "hashicorp/aws", version = ">= 5.0" }
    archive = { source = "hashicorp/archive", version = ">= 2.4" }
  }
}

locals {
  code = {
${Object.entries(code)
  .map(([id, path]) => `    ${id} = "${path}"`)
  .join('\n')}
  }
  template = templatefile("\${path.module}/template.json.tftpl", {
    bucket = var.bucket
    keys   = { for id, object in aws_s3_object.code : id => object.key }
  })
}

data "aws_s3_bucket" "code" {
  bucket = var.bucket
}

data "archive_file" "code" {
  for_each         = local.code
  type             = "zip"
  source_dir       = "\${path.module}/\${each.value}"
  output_path      = "\${path.root}/.terraform/fractal-webhooks/\${each.key}.zip"
  output_file_mode = "0644"
}

# A rollback needs the former code: it is deleted after the stack has been updated.
resource "aws_s3_object" "code" {
  for_each = local.code
  bucket   = var.bucket
  key      = "\${var.prefix}\${data.archive_file.code[each.key].output_sha256}.zip"
  source   = data.archive_file.code[each.key].output_path
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_object" "template" {
  bucket  = var.bucket
  key     = "\${var.prefix}\${sha256(local.template)}.json"
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
${parameters.map((name) => `    ${name} = var.${snake(name)}`).join('\n')}
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
  value       = aws_cloudformation_stack.this.outputs["${name}"]${Description ? `\n  description = ${JSON.stringify(Description)}` : ''}
}
`,
    )
    .join('\n');
