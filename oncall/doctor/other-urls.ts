import { post } from '../delivery.ts';
import { explainError } from '../failure.ts';
import type { Target } from '../target.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';

/** Posts an unsigned request to each of the other URLs, such as that of a domain name, which ingest refuses. */
export async function* checkOtherUrls(target: Target): AsyncGenerator<Finding> {
  for (const url of target.otherWebhookUrls) yield await checkUrl(url, target);
}

const checkUrl = async (url: string, { deployAgain }: Target): Promise<Finding> => {
  const ofDomain = 'If it is the URL of a domain name, its DNS record must point to the output DomainTarget';
  try {
    const { status, answer } = await post(url, Buffer.from('{}'));
    const says = `${url}: ${status} ${answer.error ?? answer.message ?? ''}`.trimEnd();
    if (answer.error === 'signature_missing') return ok('other URL', `${url} refuses unsigned requests, as the webhook does`);
    if (status === 429)
      return unknown('other URL', says, 'Requests are throttled. Retry, or see throttled-requests in oncall/RUNBOOK.md.');
    if (status >= 500) return wrong('other URL', says, 'See server-errors in oncall/RUNBOOK.md.');
    return wrong('other URL', `${says}, which is not an answer of the webhook`, `${ofDomain}. Otherwise: ${deployAgain}`);
  } catch (error) {
    return wrong('other URL', explainError(error), `${ofDomain}. Until it works, use another URL at Fractal.`);
  }
};
