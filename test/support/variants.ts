const OWN_DOMAIN = {
  domainName: 'webhooks.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
};

/** The variants of the template that are tested: settings in addition to the defaults of their stage. */
export const VARIANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  prod: { stage: 'prod' },
  staging: { stage: 'staging' },
  dev: { stage: 'dev' },
  'without traces, release check and events': {
    stage: 'dev',
    tracing: false,
    releaseCheck: false,
    changeEvents: false,
    history: false,
    redriveFromDashboard: false,
  },
  'with reserved concurrency and warnings only': {
    stage: 'prod',
    reserveConcurrency: true,
    logLevel: 'WARN',
    silenceAlarmHours: 168,
  },
  'with a domain and former paths': {
    stage: 'staging',
    alarmEmail: ['oncall@example.com', 'lead@example.com'],
    webhookPath: '/hooks/3Fq8s0ZkPz',
    formerWebhookPaths: ['/webhooks/fractal', '/hooks/8vTjQ2'],
    eventBusName: 'FractalWebhooksChangesBus93F31BBA',
    forwardTo: { url: 'https://backend.example.com/fractal' },
    ...OWN_DOMAIN,
  },
  'with all optional settings': {
    stage: 'prod',
    account: '123456789012',
    region: 'eu-central-1',
    bootstrapQualifier: 'hooks',
    tags: { team: 'identity' },
    tableProtection: true,
    customerManagedKey: true,
    reconcile: true,
    reconcileDaily: true,
    forwardTo: { url: 'https://backend.example.com/fractal', levels: ['plus'], statuses: ['approved', 'rejected'], checks: true },
    batchWindowSeconds: 20,
    reserveConcurrency: true,
    alarmEmail: 'oncall@example.com',
    webhookPath: '/hooks/3Fq8s0ZkPz',
    disableDefaultUrl: true,
    ...OWN_DOMAIN,
  },
};
