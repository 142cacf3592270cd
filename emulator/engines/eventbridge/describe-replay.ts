import { awsAnswer } from '../../aws/request.ts';
import { type Action, missing } from './state.ts';

export const describeReplay: Action = ({ replays }, { ReplayName }) =>
  replays.has(ReplayName) ? awsAnswer({ State: 'COMPLETED' }) : missing(`Replay ${ReplayName}`);
