import { humanPartition, userPartition } from '../../functions/core/facets.ts';
import type { createStateReader } from '../../functions/state-reader.ts';
import { maskPersonalIn } from '../../functions/words/personal.ts';
import type { Journal } from '../deliveries/journal.ts';
import type { StackFile } from '../disk/stack-file.ts';
import { answer, answerJson, readJson, type Serve } from './requests.ts';
import { type Alarm, alarmView, homeView } from './views/alarms.ts';
import type { View } from './views/block.ts';
import { deliveryView } from './views/delivery.ts';
import type { FlowState } from './views/flow.ts';
import { partView } from './views/part.ts';
import { fractalView, type Oncall, personView } from './views/person.ts';

/** The commands that start the stack and the on-call command line, as they are typed here. */
export interface Called {
  readonly start: string;
  readonly oncall: string;
}

export interface InspectDependencies {
  readonly stack: Omit<StackFile, 'consoleUrl'>;
  readonly journal: Journal;
  readonly table: Pick<ReturnType<typeof createStateReader>, 'under'>;
  /** Runs the on-call command line. */
  readonly run: Oncall;
  readonly called: Called;
  /** Where a comparison is kept until the next: it names users. */
  readonly compared: string;
  /** How often a delivery is tried. */
  attempts(): number | undefined;
  state(): FlowState;
  alarms(): Promise<readonly Alarm[]>;
}

/** What the inspector shows, and does. */
export const createInspect = ({ stack, journal, table, run, called, compared, attempts, state, alarms }: InspectDependencies) => {
  const reconcile: Oncall = (options) => run(['reconcile', `--file=${compared}`, ...options]);
  const addresses = {
    Webhook: stack.webhookUrl,
    'AWS endpoint': stack.awsEndpointUrl,
    Table: stack.tableName,
    ...(stack.fractalUrl !== undefined && { "Fractal's API": stack.fractalUrl }),
  };

  const viewOf = async (what: string, at: string): Promise<View | undefined> => {
    const [, kind, id = ''] = /^(delivery|user|fractal|items|alarm)-(.*)$/s.exec(what) ?? [];
    switch (kind) {
      case 'delivery': {
        const one = journal.deliveries().find(({ number }) => number === Number(id));
        return one && deliveryView(one, attempts());
      }
      case 'user':
        return personView(run, id, at, stack.historyTableName !== undefined);
      case 'fractal':
        return fractalView(reconcile, id);
      case 'items': {
        const found = await Promise.all([userPartition, humanPartition].map((partition) => table.under(partition(id))));
        return {
          title: '',
          turn: 'rest',
          blocks: [{ title: '', pre: maskPersonalIn(JSON.stringify(found.flat(), undefined, 2)) }],
        };
      }
      case 'alarm':
        return alarmView(id, await alarms());
      default:
        return what === ''
          ? homeView(await alarms(), addresses, called.oncall)
          : partView(what, state(), await alarms(), called.start);
    }
  };

  /** What the inspector shows. */
  const view: Serve = async (_, response, query) => {
    const found = await viewOf(query.get('of') ?? '', query.get('at') ?? '');
    if (found) answerJson(response, found);
    else answer(response, 404, 'text/plain', 'There is nothing of this name. Of deliveries, the last 500 are kept.');
  };

  /** Redrives a dead letter, or heals a level, by the on-call command line. */
  const act: Serve = async (message, response) => {
    const { does, about } = await readJson(message);
    if (does === 'redrive') answerJson(response, await run(['dlq', 'redrive', `--id=${about}`, '--yes']));
    else {
      const { id, level } = JSON.parse(about);
      answerJson(response, await reconcile([`--user=${id}`, `--level=${level}`, '--yes']));
    }
  };

  /** The body of a delivery as it was sent, to send it again. */
  const body: Serve = (_, response, query) => {
    const one = journal.deliveries().find(({ number }) => number === Number(query.get('number')));
    answerJson(response, one?.body ?? '');
  };

  return { 'GET /view': view, 'GET /body': body, 'POST /act': act };
};
