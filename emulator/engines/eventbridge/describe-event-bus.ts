import { ACCOUNT_ID, REGION } from '../../aws/account.ts';
import { awsAnswer } from '../../aws/request.ts';
import { type Action, missing } from './state.ts';

export const describeEventBus: Action = ({ buses }, { Name = 'default' }) =>
  buses.has(Name)
    ? awsAnswer({ Name, Arn: `arn:aws:events:${REGION}:${ACCOUNT_ID}:event-bus/${Name}` })
    : missing(`Event bus ${Name}`);
