import { awsAnswer } from '../../aws/request.ts';
import { ruleArn } from './rules.ts';
import type { Action } from './state.ts';

export const removeTargets: Action = ({ rules }, { Rule: Name, EventBusName = 'default', Ids }) => {
  rules.removeTargets(ruleArn({ EventBusName, Name }), Ids);
  return awsAnswer({ FailedEntryCount: 0, FailedEntries: [] });
};
