import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonSchemas } from './json-schemas.ts';

for (const [file, schema] of jsonSchemas()) await writeFile(join(import.meta.dirname, file), schema);
