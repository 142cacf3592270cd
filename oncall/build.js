import { bundle } from './bundle.js';
import { BUNDLE } from './bundled.cjs';

await bundle();
console.log(`The command line is bundled: ${BUNDLE}`);
