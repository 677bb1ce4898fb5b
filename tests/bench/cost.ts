import { writeCostModel } from './cost-model.ts';
import { writeIntoDocs } from './marks.ts';

/** `npm run cost` prints the cost model; with `-- --write` it goes into docs/cost-model.md. */
const model = writeCostModel();
console.log(model);
if (process.argv.includes('--write')) writeIntoDocs('cost-model.md', 'cost', model);
