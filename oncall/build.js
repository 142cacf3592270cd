import { BUNDLE, bundle } from './bundle.js';

await bundle();
console.log(`The command line is bundled: ${BUNDLE}`);
