// Counts the files, and their bytes, that are loaded until the first answer.
import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { context, load } from './load.mjs';

let bytes = 0;
let files = 0;
registerHooks({
  load: (url, options, next) => {
    if (url.startsWith('file:')) {
      bytes += statSync(fileURLToPath(url)).size;
      files += 1;
    }
    return next(url, options);
  },
});
const handler = await load(process.argv[2]);
await handler(JSON.parse(process.env.EVENT), context());
process.send({ bytes, files });
process.disconnect();
