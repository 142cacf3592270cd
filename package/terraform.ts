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
    `${JSON.stringify(withTemplateHash(template), undefined, 1)}\n`.replaceAll('${', '$$$${').replaceAll('%{', '%%{'),
  );

/**
 * The parameter that says which template the stack has. Terraform reads it from the stack: without it, no plan would update
 * the stack to a changed template, nor again after a failed update, which restores the parameters.
 * https://github.com/ministackorg/ministack/pull/1641 (measured on AWS)
 */
const TEMPLATE = 'TemplateHash';

/** The hash is an output, too: CloudFormation ignores an update in which only a parameter changes that nothing refers to. */
const withTemplateHash = (template: WithCode['template']): WithCode['template'] => ({
  ...template,
  Parameters: { ...template.Parameters, [TEMPLATE]: { Type: 'String', Description: 'The SHA-256 of the template.' } },
  Outputs: { ...template.Outputs, [TEMPLATE]: { Value: { Ref: TEMPLATE } } },
});

const snake = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

/** Assignments as `terraform fmt` aligns them. */
const aligned = (pairs: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `    ${name.padEnd(width)} = ${value}`).join('\n');
};

const mainOf = (code: WithCode['code'], parameters: readonly string[]): string => `terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.31" }
  }
}

locals {
  code = {
${aligned(Object.entries(code).map(([id, path]) => [id, `"${path}.zip"`]))}
  }
  # Stacks of several accounts may share a bucket.
  folder = "\${var.prefix}\${data.aws_caller_identity.current.account_id}/\${var.name}"
  keys = { for id, file in local.code :
    id => "\${local.folder}/\${trimsuffix(file, ".zip")}-\${filesha256("\${path.module}/\${file}")}.zip"
  }
  rendered = templatefile("\${path.module}/template.json.tftpl", { bucket = var.bucket, keys = local.keys })
  # Git may change the ends of lines.
  template = replace(local.rendered, "\\r\\n", "\\n")
  stack_id = aws_cloudformation_stack.this.id
}

data "aws_caller_identity" "current" {}

data "aws_s3_bucket" "code" {
  bucket = var.bucket
}

# A rollback needs the former code: it is deleted after the stack has been updated.
resource "aws_s3_object" "code" {
  for_each = { for id, file in local.code : local.keys[id] => file }
  bucket   = var.bucket
  key      = each.key
  source   = "\${path.module}/\${each.value}"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_s3_object" "template" {
  bucket  = var.bucket
  key     = "\${local.folder}/template-\${sha256(local.template)}.json"
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
${aligned([...parameters.map((name) => [name, `var.${snake(name)}`] as const), [TEMPLATE, 'sha256(local.template)']])}
  }
  depends_on = [aws_s3_object.code]
}

# The outputs of the resource are unknown while a change of it is planned: what depends on them, for example a rule for events,
# would be replaced. These are read before the change, because the reference to the resource is indirect.
# https://developer.hashicorp.com/terraform/language/data-sources
data "aws_cloudformation_stack" "this" {
  name = local.stack_id
}
`;

const variable = (name: string, type: string, description: string, value?: unknown, rest = ''): string => `variable "${name}" {
  type        = ${type}
  description = ${JSON.stringify(description)}${value === undefined ? '' : `\n  default     = ${JSON.stringify(value)}`}${rest}
}
`;

interface TemplateParameter {
  readonly Type: string;
  readonly Default: unknown;
  readonly Description: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
  readonly AllowedValues?: readonly number[];
}

/** What CloudFormation would refuse after the objects have been written is refused by the plan. */
const validationOf = (name: string, { MinValue, MaxValue, AllowedValues }: TemplateParameter): string => {
  if (AllowedValues) return validation(`contains([${AllowedValues.join(', ')}], ${name})`, `one of ${AllowedValues.join(', ')}`);
  if (MinValue === undefined || MaxValue === undefined) return '';
  return validation(`${name} >= ${MinValue} && ${name} <= ${MaxValue}`, `between ${MinValue} and ${MaxValue}`);
};

const validation = (condition: string, must: string): string => `

  validation {
    condition     = ${condition}
    error_message = "Must be ${must}."
  }`;

const variablesOf = ({ Parameters }: WithCode['template']): string =>
  [
    variable('bucket', 'string', 'A bucket in the region of the stack, for the code and the template.'),
    variable('prefix', 'string', 'The start of the keys of the objects in the bucket.', 'fractal-webhooks/'),
    variable('name', 'string', 'The name of the stack. A change deletes the stack, and creates another one.', 'FractalWebhooks'),
    variable('tags', 'map(string)', 'Tags for all resources of the stack.', {}),
    ...Object.entries<TemplateParameter>(Parameters).map(([name, parameter]) =>
      variable(
        ...([snake(name), parameter.Type.toLowerCase(), parameter.Description, parameter.Default] as const),
        validationOf(`var.${snake(name)}`, parameter),
      ),
    ),
  ].join('\n');

/** A value that a release may change is taken from the updated stack. Names and ARNs stay, and are known to a plan. */
const outputsOf = (outputs: readonly [string, { readonly Value: unknown }][]): string =>
  outputs
    .map(([name, { Value }]) => {
      const updated = `aws_cloudformation_stack.this.outputs["${name}"]`;
      const value = typeof Value === 'string' ? updated : `try(data.${updated}, ${updated})`;
      return `output "${snake(name)}" {\n  value = ${value}\n}\n`;
    })
    .join('\n');
