// One part of the bundle with all that these share.
export { follow } from './follow.ts';
export { replay } from './replay.ts';
export { listUnpublished, retryUnpublished } from './unpublished.ts';
