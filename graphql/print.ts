import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printedSchema } from './schema.js';

// `node dist/graphql/print.js` writes the committed schema anew; a test compares them.
writeFileSync(fileURLToPath(new URL('../../graphql/schema.graphql', import.meta.url)), printedSchema());
