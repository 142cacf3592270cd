import type { InstallationSettings } from './settings.ts';

/**
 * Every installation of the receiver, by the name of its CloudFormation stack. Each Fractal application needs one of its own.
 * This file is the whole truth about them: commit what you change here, then deploy the one that it is about, with
 * `npm run cdk -- deploy NAME`. What a setting does, and what it is when left out, is explained in settings.ts.
 */
export const INSTALLATIONS: Readonly<Record<string, InstallationSettings>> = {
  FractalWebhooks: {
    stage: 'prod',
    // alarmEmail: ['oncall@example.com'],
  },
  'FractalWebhooks-staging': { stage: 'staging' },
  'FractalWebhooks-dev': { stage: 'dev' },
};
