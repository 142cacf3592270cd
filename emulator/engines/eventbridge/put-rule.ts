import { awsAnswer, awsError } from '../../aws/request.ts';
import { type Action, missing } from './state.ts';

export const putRule: Action = ({ buses, rules }, { Name, EventPattern, EventBusName = 'default' }) => {
  if (!buses.has(EventBusName)) return missing(`Event bus ${EventBusName}`);
  try {
    return awsAnswer({ RuleArn: rules.put({ Name, EventPattern, EventBusName }) });
  } catch (error) {
    return awsError(400, 'InvalidEventPatternException', `Event pattern is not valid. Reason: ${(error as Error).message}`);
  }
};
