// One part of the bundle, so that shared code is in it once.
export { follow } from './follow.ts';
export { replay } from './replay.ts';
export { snapshot } from './snapshot.ts';
export { listUnforwarded } from './unforwarded.ts';
export { listUnpublished, retryUnpublished } from './unpublished.ts';
