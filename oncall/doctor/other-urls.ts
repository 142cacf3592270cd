import { post } from '../delivery.ts';
import { explainError } from '../failure.ts';
import type { Target } from '../target.ts';
import { type Finding, ok, wrong } from './finding.ts';

/** Posts an unsigned request to each of the other URLs, such as that of a domain name, which ingest refuses. */
export async function* checkOtherUrls(target: Target): AsyncGenerator<Finding> {
  for (const url of target.otherWebhookUrls) yield await checkUrl(url, target);
}

const checkUrl = async (url: string, { deployAgain }: Target): Promise<Finding> => {
  const remedy = `Fractal must not use this URL yet. A domain name needs a DNS record that points to the output DomainTarget. ${deployAgain}`;
  try {
    const { status, answer } = await post(url, Buffer.from('{}'));
    if (answer.error === 'signature_missing') return ok('other URL', `${url} is the webhook`);
    return wrong('other URL', `${url} is not the webhook: ${status} ${answer.error ?? answer.message ?? ''}`.trim(), remedy);
  } catch (error) {
    return wrong('other URL', explainError(error), remedy);
  }
};
