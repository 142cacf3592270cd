import { DefaultStackSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FractalWebhooks } from './fractal-webhooks.ts';
import type { Settings } from './settings.ts';

export interface WebhooksStackProps {
  readonly settings: Settings;
}

/** The receiver in its own stack. */
export class WebhooksStack extends Stack {
  constructor(scope: Construct, id: string, { settings }: WebhooksStackProps) {
    const { account, region, bootstrapQualifier, terminationProtection, ...props } = settings;
    super(scope, id, {
      description: "Receives Fractal ID's verification webhooks",
      env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
      ...(bootstrapQualifier !== undefined && { synthesizer: synthesizerWith(bootstrapQualifier) }),
      terminationProtection,
    });
    // The id 'Default' adds nothing to the logical ids of the resources.
    new FractalWebhooks(this, 'Default', props);
  }
}

// The types of the CDK do not support exactOptionalPropertyTypes.
const synthesizerWith = (qualifier: string) => new DefaultStackSynthesizer({ qualifier }) as IStackSynthesizer;
