// One part of the bundle, so that shared code is in it once.
export { drop } from './drop.ts';
export { importLetters } from './import.ts';
export { listLetters } from './list.ts';
export { redrive } from './redrive.ts';
export { showLetter } from './show.ts';
export { watch } from './watch.ts';
