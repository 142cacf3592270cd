/** The configuration of an SDK client for the local endpoint at this URL. Errors are not retried, so that tests see each of them. */
export const localClient = (endpoint: string) => ({
  endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});
