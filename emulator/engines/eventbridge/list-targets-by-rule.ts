import { awsAnswer } from '../../aws/request.ts';
import { ruleArn } from './rules.ts';
import { type Action, missing } from './state.ts';

export const listTargetsByRule: Action = ({ rules }, { Rule: Name, EventBusName = 'default' }) => {
  const arn = ruleArn({ EventBusName, Name });
  return rules.has(arn) ? awsAnswer({ Targets: rules.targets(arn) }) : missing(`Rule ${Name}`);
};
