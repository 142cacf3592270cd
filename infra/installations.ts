import type { InstallationSettings } from './settings.ts';

/**
 * Every installation of the receiver, by the name of its CloudFormation stack. Each Fractal application needs its own. To
 * change an installation, edit and commit this file, then run `npm run cdk -- deploy NAME`. settings.ts explains the settings,
 * and stages.ts has their defaults.
 */
export const INSTALLATIONS: Readonly<Record<string, InstallationSettings>> = {
  FractalWebhooks: {
    stage: 'prod',
    // alarmEmail: ['oncall@example.com'],
    // webhookPath: '/hooks/A_PATH_THAT_IS_HARD_TO_GUESS',
  },
  'FractalWebhooks-staging': { stage: 'staging' },
  'FractalWebhooks-dev': { stage: 'dev' },
};
