import type { Difference } from '../../../functions/core/comparison.ts';
import { DIFFERENCE_WORDS } from '../../../functions/words/difference-words.ts';
import type { Block, Step, Value, View } from './block.ts';
import { turnOf } from './turn.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of the command line, whose tests know its form.
type Line = Record<string, any>;

/**
 * Runs a command of the on-call command line.
 *
 * @param options the command and its options, each in one word with its value, which may look like an option
 * @param ids its arguments
 * @returns the JSON lines that it prints
 */
export type Oncall = (options: readonly string[], ...ids: readonly string[]) => Promise<Line[]>;

/** What the table says of a person, now or at a time in the past, what was received, and the holds that stand. */
export const personView = async (run: Oncall, id: string, at: string, hasHistory: boolean): Promise<View> => {
  let problem: string | undefined;
  const [[status = {}], history, holds] = await Promise.all([
    run(['status', `--human=${id}`, ...(at === '' ? [] : [`--as-of=${at}`])], id).catch((error: Error): Line[] => {
      if (at === '') throw error;
      problem = error.message;
      return [];
    }),
    hasHistory ? run(['history', `--human=${id}`], id) : [],
    run(['hold', '--list']),
  ]);
  const rows = rowsOf(status);
  const title = at === '' ? 'State' : `State as of ${plain(at)}`;
  const empty = `No items for ${id}. ${at === '' ? 'Has a delivery for this user been applied?' : 'Nothing had been received by then.'}`;
  const held = holds.filter(({ user_id, until }) => user_id === id && Date.parse(until) > Date.now());
  return {
    title: `User ${id.length > 14 ? `${id.slice(0, 8)}…` : id}`,
    turn: rows.some(({ differs }) => differs) ? 'you' : '',
    blocks: [
      { facts: [['Id', { copy: id }]] },
      ...held.map(
        ({ until, reason, by }): Block => ({
          why: 'you',
          says: [`Must not be erased until ${until}: ${reason}. ${by ? `Placed by ${by}.` : ''}`],
        }),
      ),
      problem === undefined
        ? { title, head: ['Item', 'State', 'As of (UTC)'], rows, empty }
        : { why: 'self' as const, says: [`${title}: ${problem.replace(/^error: /, '')}`] },
      ...(hasHistory ? [{ form: 'as-of' as const, value: at }] : []),
      { title: 'Fractal believes', load: `fractal-${id}` },
      ...(history.length > 0 ? [{ title: 'History', spans: [], steps: history.toReversed().map(stepOf) }] : []),
      { title: 'Items as stored', load: `items-${id}` },
    ],
  };
};

interface Row {
  readonly cells: readonly Value[];
  readonly differs?: boolean;
}

const rowsOf = ({ levels = [], email, credentials = [] }: Line): Row[] => [
  ...levels.map(({ level, status, as_of, contested }: Line) => ({
    cells: [
      level,
      contested ? { word: `${status}, contested`, turn: 'you' } : { word: status ?? '–', turn: turnOf(status ?? '') },
      plain(as_of),
    ],
    ...(contested && { differs: true }),
  })),
  ...(email ? [{ cells: ['e-mail', email.address ?? '–', plain(email.as_of)] }] : []),
  ...credentials.map(({ credential_id, as_of }: Line) => ({ cells: [`credential ${credential_id}`, 'shared', plain(as_of)] })),
];

const stepOf = ({ received_at, item, said, outcome, because, as_of, source, id }: Line): Step => ({
  turn: turnOf(outcome),
  what: [item === 'EMAIL' && 'e-mail', said && `${said}:`, outcome].filter(Boolean).join(' '),
  at: Date.parse(received_at),
  text: [
    because?.replace(/^it was/, 'the table said').replace(/T(\S+)Z/g, ' $1'),
    as_of && `as of ${plain(as_of)}`,
    source === 'webhook' ? 'delivery' : source,
  ]
    .filter(Boolean)
    .join(' · '),
  id,
});

/** What Fractal says about a person, beside the table. */
export const fractalView = async (reconcile: Oncall, id: string): Promise<View> => {
  const lines = await reconcile([`--user=${id}`]);
  const { same = 0, cut } = lines.at(-1) ?? {};
  const findings = lines.filter(({ what }) => what !== undefined);
  const rows = findings.map(({ level, theirs, ours }) => ({
    cells: [level, { word: theirs ?? '–', turn: turnOf(theirs ?? '') }, ours ? { word: ours, turn: turnOf(ours) } : '–'],
    differs: true,
  }));
  const differs = findings.map(({ level, what, theirs, ours }) =>
    what === 'different'
      ? `Fractal says that ${level} is ${theirs}; your table says ${ours}.`
      : `${level} is ${DIFFERENCE_WORDS[what as Difference]}.`,
  );
  const words = same === 1 ? 'One level agrees.' : `${same} levels agree.`;
  const text = [
    ...differs,
    findings.length === 0 || same > 0 ? words : '',
    cut ? `The list may not have everything: ${cut}.` : '',
  ]
    .filter(Boolean)
    .join(' ');
  return {
    title: '',
    turn: findings.length > 0 ? 'you' : 'done',
    blocks: [
      ...(rows.length > 0 ? [{ title: '', head: ['Level', 'Fractal', 'Your table'], rows, empty: '' }] : []),
      ...(text === '' ? [] : [{ text }]),
    ],
    actions: findings
      .filter(({ heals }) => heals)
      .map(({ level }) => ({ label: `Reconcile ${level}`, does: 'reconcile' as const, about: JSON.stringify({ id, level }) })),
  };
};

/** A time of the command line, as the console shows it: in UTC, which is said once. */
const plain = (at: string | null): string => (at ?? '–').replace('T', ' ').replace('Z', '');
