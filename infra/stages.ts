import type { Defaults, STAGES } from './settings.ts';

const EVERYWHERE = {
  tableProtection: false,
  queueRetentionDays: 4,
  logLevel: 'INFO',
  runbookUrl: 'oncall/RUNBOOK.md',
  throttleRate: 50,
  throttleBurst: 100,
  batchWindowSeconds: 0,
  applyConcurrency: 10,
  streamParallelization: 1,
  reserveConcurrency: false,
  releaseCheck: true,
  changeEvents: true,
  history: true,
  reconcile: false,
  reconcileDaily: false,
  redriveFromDashboard: true,
  webhookPath: '/webhooks/fractal',
  disableDefaultUrl: false,
  customerManagedKey: false,
} as const satisfies Partial<Defaults>;

/** The default settings of each stage. */
export const DEFAULTS: Readonly<Record<(typeof STAGES)[number], Defaults>> = {
  dev: {
    ...EVERYWHERE,
    tracing: true,
    keepData: false,
    terminationProtection: false,
    recoveryDays: 1,
    logRetentionDays: 7,
    silenceAlarmHours: 0,
  },
  staging: {
    ...EVERYWHERE,
    tracing: true,
    keepData: true,
    terminationProtection: false,
    recoveryDays: 7,
    logRetentionDays: 30,
    silenceAlarmHours: 0,
  },
  prod: {
    ...EVERYWHERE,
    // At a million notifications a month, traces would cost more than everything else.
    tracing: false,
    keepData: true,
    terminationProtection: true,
    recoveryDays: 35,
    logRetentionDays: 90,
    silenceAlarmHours: 24,
  },
};
