import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Block, View } from './block.ts';
import { count } from './words.ts';

export interface Alarm {
  /** Without the stack's name, which is the same for all. */
  readonly name: string;
  readonly says: string;
  /** The HTML of its section of the runbook. */
  readonly section: string;
  readonly state: string;
  /** Epoch milliseconds. */
  readonly since: number | undefined;
}

export const alarmOf =
  (sections: Readonly<Record<string, string>>) =>
  ({ AlarmName = '', AlarmDescription = '', StateValue, StateUpdatedTimestamp }: MetricAlarm): Alarm => {
    const [, says = AlarmDescription, id] = /^(.*?) Dashboard: .*#([\w-]+)$/.exec(AlarmDescription) ?? [];
    return {
      name: id !== undefined && AlarmName.endsWith(id) ? id : AlarmName,
      says,
      section: sections[id ?? ''] ?? '',
      state: StateValue ?? 'INSUFFICIENT_DATA',
      since: StateUpdatedTimestamp?.getTime(),
    };
  };

export const alarmView = (name: string, alarms: readonly Alarm[]): View | undefined => {
  const alarm = alarms.find((one) => one.name === name);
  return alarm && { title: alarm.name, turn: alarm.state === 'ALARM' ? 'you' : 'rest', blocks: [blockOf(alarm, true)] };
};

const blockOf = ({ name, says, section, state, since }: Alarm, open: boolean): Block => {
  const isOn = state === 'ALARM';
  return { alarm: name, turn: isOn ? 'you' : 'rest', since: isOn ? since : undefined, says, html: section, open };
};

/** What the inspector shows at rest: the alarms that need somebody, and what helps to begin. */
export const homeView = (alarms: readonly Alarm[], addresses: Readonly<Record<string, string>>, oncall: string): View => {
  const on = alarms.filter(({ state }) => state === 'ALARM').sort((a, b) => (b.since ?? 0) - (a.since ?? 0));
  const off = alarms.filter(({ state }) => state !== 'ALARM');
  return {
    title: on.length > 0 ? `Needs attention: ${count(on.length, 'alarm')}` : 'Nothing needs you',
    turn: on.length > 0 ? 'you' : 'done',
    blocks: [
      ...on.map((alarm) => blockOf(alarm, on.length === 1)),
      ...(on.length > 0 ? [{ text: 'An alarm returns to OK 5 to 15 minutes after its cause ends.' }] : []),
      {
        title: count(off.length, 'alarm is OK', 'alarms are OK'),
        links: off.map(({ name }) => ({ href: `#alarm-${name}`, text: name })),
        folded: true,
      },
      {
        title: 'From a terminal',
        commands: [`${oncall} send verification_approved --user 42 --wait`, `${oncall} status 42`, `${oncall} doctor`],
      },
      {
        title: 'Signs',
        signs: [
          ['done', 'done'],
          ['rest', 'nothing to do'],
          ['move', 'on its way'],
          ['self', 'fails, is tried again by itself'],
          ['you', 'waits for you'],
        ],
      },
      { title: 'Addresses', facts: Object.entries(addresses).map(([name, copy]) => [name, { copy }] as const) },
    ],
  };
};
