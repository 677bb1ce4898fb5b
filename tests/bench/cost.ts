import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeCostModel } from './cost-model.ts';
import { between } from './marks.ts';

/** `npm run cost` prints the cost model; with `-- --write` it goes into docs/cost-model.md. */
const path = join(import.meta.dirname, '../../docs/cost-model.md');
const model = writeCostModel();
console.log(model);
if (process.argv.includes('--write')) writeFileSync(path, between(readFileSync(path, 'utf8'), 'cost', model));
