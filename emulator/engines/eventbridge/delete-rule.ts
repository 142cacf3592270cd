import { awsAnswer, awsError } from '../../aws/request.ts';
import { ruleArn } from './rules.ts';
import type { Action } from './state.ts';

export const deleteRule: Action = ({ rules }, { Name, EventBusName = 'default' }) => {
  const arn = ruleArn({ EventBusName, Name });
  if (rules.targets(arn).length > 0) return awsError(400, 'ValidationException', "Rule can't be deleted since it has targets.");
  rules.remove(arn);
  return awsAnswer({});
};
