import { randomUUID } from 'node:crypto';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CREDENTIAL, EMAIL, type Key, KRAKEN_LEVEL, LEVEL } from '../../functions/core/facets.ts';
import { KRAKEN } from '../../functions/core/kraken.ts';
import { ALL_OTHER_TYPES } from '../../functions/core/notification.ts';
import { parseNotification } from '../../functions/core/parse-notification.ts';
import type { StoredItem } from '../../functions/core/state.ts';
import { DOCTOR_PREFIX } from '../../functions/core/test-user.ts';
import { deleteItems } from '../../oncall/delete-items.ts';
import { type Posted, post, readSecret, signatureOf } from '../../oncall/delivery.ts';
import { queueAttributes } from '../../oncall/queue-attributes.ts';
import { stateReaderOf } from '../../oncall/state-reader.ts';
import type { Target } from '../../oncall/target.ts';
import { runCommand } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { NotHere } from './claim.ts';

const PREFIX = `${DOCTOR_PREFIX}acceptance-`;

type Data = Readonly<Record<string, string>>;

const KEYS: Readonly<Record<string, (data: Data) => Key>> = {
  credential_shared: ({ idos_human_id = '', credential_id = '' }) => CREDENTIAL.keyOf({ idos_human_id, credential_id }),
  email_changed: ({ user_id = '' }) => EMAIL.keyOf({ user_id }),
  [KRAKEN]: ({ id = '' }) => KRAKEN_LEVEL.keyOf({ user_id: id, level: KRAKEN }),
};

/** The stack under test, with its test users. @param stackName its name in CloudFormation; `undefined` if it runs on this machine */
export const createSubject = async (target: Target, stackName: string | undefined) => {
  const secret = await readSecret(target);
  const states = stateReaderOf(target);
  const written = new Map<string, Key>();
  const parked = new Set<string>();
  const options = target.options.trim().split(' ').filter(Boolean);

  const signatureFor = (bytes: Buffer): string => {
    try {
      return signatureOf(secret, bytes, parseNotification(bytes, Date.now()).type ?? ALL_OTHER_TYPES);
    } catch (error) {
      throw new NotHere((error as Error).message);
    }
  };
  const postBody = (body: string, signature = signatureFor(Buffer.from(body))): Promise<Posted> =>
    post(target.webhookUrl, Buffer.from(body), signature);

  /** Waits for what was accepted last, unless others keep the queue busy: it would bring its item back. */
  const untilApplied = () =>
    eventually(async () => {
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = await queueAttributes(
        target,
        target.queueUrl,
      );
      const waiting = Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
      if (waiting > 0) throw new Error(`${waiting} messages wait on the main queue`);
    }, 10_000).catch(() => {});

  const command = (...args: string[]) => runCommand([...args, ...options]);

  return {
    target,
    /** The id of a new test user, or of a new test human. Rules of teams match no event about either. */
    anId: (): string => `${PREFIX}${randomUUID()}`,
    isOwn: (id: string): boolean => id.startsWith(PREFIX),
    post: postBody,
    postUnsigned: (body: string): Promise<Posted> => post(target.webhookUrl, Buffer.from(body)),
    /** Posts a notification about a test user. Its item is removed at the end. */
    notify: async (type: string, data: Data): Promise<Posted & { readonly key: Key }> => {
      const key = KEYS[type]?.(data) ?? LEVEL.keyOf(data as { user_id: string; level: string });
      written.set(`${key.pk} ${key.sk}`, key);
      return { ...(await postBody(JSON.stringify(type === KRAKEN ? data : { type, data }))), key };
    },
    /** The claim drops the dead letter with this id; one that is left is reported at the end. */
    willPark: (id: string | undefined): void => void parked.add(id ?? ''),
    item: (key: Key): Promise<StoredItem | undefined> => states.one(key),
    /** Waits until the item is as wanted. @throws Error that says how it is, after a minute */
    until: (key: Key, isWanted: (item: StoredItem | undefined) => boolean): Promise<StoredItem | undefined> =>
      eventually(async () => {
        const item = await states.one(key);
        if (!isWanted(item)) throw new Error(`after a minute, the table has ${JSON.stringify(item ?? null)}`);
        return item;
      }, 60_000),
    command,
    /** The physical ids of the stack's resources of a type, by logical id. */
    resources: async (type: string): Promise<ReadonlyMap<string, string>> => {
      if (stackName === undefined) throw new NotHere('the local stack has no CloudFormation');
      const found = new Map<string, string>();
      const pages = paginateListStackResources({ client: new CloudFormationClient(target.client) }, { StackName: stackName });
      for await (const { StackResourceSummaries = [] } of pages)
        for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
          if (ResourceType === type) found.set(LogicalResourceId, PhysicalResourceId);
      return found;
    },
    stackName,
    /** Removes what the test users have left. @throws Error if something is left */
    cleanUp: async (): Promise<void> => {
      const keys = [...written.values()];
      await untilApplied();
      await deleteItems(target, keys);
      for (const key of keys) if (await states.one(key)) throw new Error(`${key.pk} ${key.sk} is still in the table`);
      const { stdout } = await command('dlq', 'list', '--json');
      const left = JSON.parse(stdout).filter(({ id }: { id: string }) => parked.has(id));
      if (left.length > 0) throw new Error(`dead letters of test users are left: ${left.map(({ id }: { id: string }) => id)}`);
    },
  };
};

export type Subject = Awaited<ReturnType<typeof createSubject>>;
