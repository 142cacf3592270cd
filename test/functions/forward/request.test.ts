import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { requestOf } from '../../../functions/forward/request.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('the request with an event', () => {
  test('has the signature of the example of Standard Webhooks', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
    const { headers } = requestOf('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', [SECRET], 1_614_265_330_999);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'fractal-webhooks',
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test.each([
    ['with the prefix', SECRET],
    ['without it, as the stack generates it', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6kL9n'],
  ])('is verified by the library of Standard Webhooks, with a secret %s', (_, secret) => {
    const body = '{"detail":{"id":"ü"}}';
    const { headers } = requestOf('id', body, [secret], Date.now());
    expect(new Webhook(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(body.replace('ü', 'u'), { ...headers })).toThrow(/No matching signature/);
  });

  test('is verified by who knows the former secret, and by who knows the new one', () => {
    const former = 'whsec_Zm9ybWVyLXNlY3JldC1mb3JtZXItc2VjcmV0';
    const { headers } = requestOf('id', '{}', [SECRET, former], Date.now());
    for (const known of [SECRET, former]) expect(new Webhook(known).verify('{}', { ...headers })).toEqual({});
    const other = 'whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA==';
    expect(() => new Webhook(other).verify('{}', { ...headers })).toThrow(/No matching signature/);
  });
});
