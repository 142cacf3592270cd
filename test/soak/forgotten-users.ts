/** Every so many users, one is forgotten: about twenty of them, or a fifth. All others must not notice. */
export const stepBetween = (users: number): number => Math.max(5, Math.ceil(users / 20));

/** Whether this user, or human, is forgotten during a soak with so many users. */
export const isForgotten = (id: string, users: number): boolean =>
  Number(/^user-(\d+)$/.exec(id)?.[1] ?? 1) % stepBetween(users) === 0;

/** The id in a partition key. */
export const idIn = (key: string): string => /^(?:USER|HUMAN)#(\S+)/.exec(key)?.[1] ?? '';

/** The users that are forgotten. */
export const usersIn = (users: number): string[] =>
  Array.from({ length: users }, (_, index) => `user-${index + 1}`).filter((id) => isForgotten(id, users));
