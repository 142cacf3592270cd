import { ACCOUNT_ID } from '../aws/account.ts';
import type { Service } from '../aws/request.ts';
import { xmlAnswer, xmlElements, xmlError } from '../aws/xml.ts';

/** STS, as far as this project uses it: who makes this call. */
export const serveSts: Service = async ({ action, accessKeyId }) =>
  action === 'GetCallerIdentity'
    ? xmlAnswer(
        action,
        xmlElements({ Arn: `arn:aws:iam::${ACCOUNT_ID}:user/${accessKeyId}`, UserId: accessKeyId, Account: ACCOUNT_ID }),
      )
    : xmlError('InvalidAction', `The local STS does not support ${action}`);
