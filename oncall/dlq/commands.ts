// Together, since they are built of the same: the bundle has what they share once.
export { drop } from './drop.ts';
export { importLetters } from './import.ts';
export { listLetters } from './list.ts';
export { redrive } from './redrive.ts';
export { showLetter } from './show.ts';
export { watch } from './watch.ts';
