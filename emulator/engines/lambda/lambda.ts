import { functionNameIn } from '../../aws/account.ts';
import { awsAnswer, awsError, type Service } from '../../aws/request.ts';
import type { LocalFunction } from '../../runtime/local-function.ts';

/** The default quota. New accounts start with a concurrency of ten. */
const ACCOUNT_LIMIT = { ConcurrentExecutions: 1_000, UnreservedConcurrentExecutions: 1_000 };

/**
 * Lambda, as far as this project uses it: invocations, aliases and account settings. Each function has one version, which is
 * live.
 */
export const createLambda =
  (functions: readonly LocalFunction[], mappings: Service): Service =>
  async (request) => {
    const { action, body } = request;
    if (action.includes('/event-source-mappings')) return mappings(request);
    if (action.startsWith('GET /2016-08-19/account-settings')) return awsAnswer({ AccountLimit: ACCOUNT_LIMIT });
    const [, method, reference = '', path] = /^(\w+) \/2015-03-31\/functions\/([^/]+)\/(\w+)/.exec(action) ?? [];
    const wanted = functionNameIn(decodeURIComponent(reference));
    const found = functions.find(({ code }) => code.name === wanted);
    if (!found) return awsError(404, 'ResourceNotFoundException', `Function not found: ${wanted}`);
    if (method === 'GET' && path === 'aliases') return awsAnswer({ Name: 'live', FunctionVersion: '1' });
    if (method !== 'POST' || path !== 'invocations')
      return awsError(404, 'UnknownOperation', `The local Lambda does not support ${action}`);
    try {
      return awsAnswer((await found.invoke(JSON.parse(body.toString() || '{}'))) ?? null);
    } catch (error) {
      const failed = { errorType: 'Error', errorMessage: (error as Error).message };
      return { ...awsAnswer(failed), headers: { 'content-type': 'application/json', 'x-amz-function-error': 'Unhandled' } };
    }
  };
