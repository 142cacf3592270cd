// One part of the bundle, so that shared code is in it once.
export { addToken } from './add.ts';
export { listTokens } from './list.ts';
export { removeTokens } from './remove.ts';
export { retireTokens } from './retire.ts';
export { setToken } from './set.ts';
