// A market in a process of its own: serves the agents of a file and says each decision when it has it.
import { readFileSync, writeSync } from 'node:fs';
import { createMarket } from '../../dist/engine/market.js';

const { options, lists } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const market = createMarket(options);
for (const list of lists) writeSync(1, `${JSON.stringify(market.arrive(list))}\n`);
