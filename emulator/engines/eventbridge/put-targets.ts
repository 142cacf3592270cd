import { awsAnswer } from '../../aws/request.ts';
import { ruleArn } from './rules.ts';
import { type Action, missing } from './state.ts';

export const putTargets: Action = ({ rules }, { Rule: Name, EventBusName = 'default', Targets }) => {
  const arn = ruleArn({ EventBusName, Name });
  if (!rules.has(arn)) return missing(`Rule ${Name}`);
  rules.aim(arn, Targets);
  return awsAnswer({ FailedEntryCount: 0, FailedEntries: [] });
};
