import { describe, expect, test } from '@jest/globals';
import { claimOf } from '../../../functions/core/claim.ts';
import { bytesOf } from '../../support/notifications.ts';

const NOTHING = { who: undefined, what: undefined };

describe('what a message claims', () => {
  test.each([
    ['{"type":"sixth","data":{"user_id":"u","level":"basic"}}', { who: 'u', what: 'basic' }],
    ['{"type":"sixth","data":{"idos_human_id":"h","credential_id":"c"}}', { who: 'h', what: 'c' }],
    ['{"data":{"user_id":"u","idos_human_id":"h","level":"basic","credential_id":"c"}}', { who: 'u', what: 'basic' }],
    ['{"user_id":"outside"}', { who: 'outside', what: undefined }],
    ['{"user_id":"outside","data":{"user_id":"inside"}}', { who: 'inside', what: undefined }],
    ['{"data":{"user_id":42,"level":0}}', { who: '42', what: '0' }],
    ['{"data":{"user_id":null,"idos_human_id":"h","level":["basic"],"credential_id":true}}', { who: 'h', what: undefined }],
    ['{"data":"u"}', NOTHING],
    ['["u"]', NOTHING],
    ['null', NOTHING],
    ['nonsense', NOTHING],
    ['', NOTHING],
  ])('is read from %s', (body, claim) => {
    expect(claimOf(bytesOf(body))).toEqual(claim);
  });

  test('is nothing if its bytes are not UTF-8', () => {
    expect(claimOf(Buffer.from([0xff, 0x00]))).toEqual(NOTHING);
  });
});
