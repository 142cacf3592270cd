import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVENTS_FOLDER, eventSchemas } from './event-schemas.ts';

for (const [type, schema] of eventSchemas()) await writeFile(join(EVENTS_FOLDER, `${type}.schema.json`), schema);
