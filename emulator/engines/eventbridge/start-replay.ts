import { awsAnswer } from '../../aws/request.ts';
import { type Action, missing } from './state.ts';

/** Times are epoch seconds. */
export const startReplay: Action = async ({ archives, replays, rules, taken }, input) => {
  const { ReplayName, EventSourceArn, EventStartTime, EventEndTime, Destination } = input;
  const archive = archives.get(EventSourceArn);
  if (!archive) return missing(`Archive ${EventSourceArn}`);
  replays.add(ReplayName);
  for (const { bus, event } of [...taken]) {
    const seconds = Date.parse(event.time) / 1_000;
    const isWanted = bus === archive.bus && seconds >= EventStartTime && seconds < EventEndTime;
    if (isWanted && archive.matches(event))
      await rules.route(bus, { ...event, 'replay-name': ReplayName }, Destination.FilterArns);
  }
  return awsAnswer({ State: 'STARTING' });
};
