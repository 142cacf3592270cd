import { awsAnswer } from '../../aws/request.ts';
import { type Action, missing } from './state.ts';

export const putRule: Action = ({ buses, rules }, { Name, EventPattern, EventBusName = 'default' }) =>
  buses.has(EventBusName)
    ? awsAnswer({ RuleArn: rules.put({ Name, EventPattern, EventBusName }) })
    : missing(`Event bus ${EventBusName}`);
