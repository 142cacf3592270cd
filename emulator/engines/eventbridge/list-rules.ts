import { awsAnswer } from '../../aws/request.ts';
import { ruleArn } from './rules.ts';
import type { Action } from './state.ts';

export const listRules: Action = ({ rules, archives }, { EventBusName = 'default', NamePrefix = '' }) => {
  const managed = [...archives].map(([archiveArn, { bus }]) => managedRule(bus, archiveArn));
  const named = [...rules.names(), ...managed].filter((rule) => rule.EventBusName === EventBusName);
  const found = named.filter((rule) => rule.Name.startsWith(NamePrefix));
  return awsAnswer({ Rules: found.map((rule) => ({ ...rule, Arn: ruleArn(rule), EventPattern: undefined })) });
};

/** An archive gets its events from a rule that EventBridge manages. */
const managedRule = (EventBusName: string, archiveArn: string) => ({
  Name: `Events-Archive-${archiveArn.split('/').at(-1)}`,
  EventBusName,
  ManagedBy: 'prod.vhs.events.aws.internal',
});
