import { openDatabase } from '../../src/db/index.js';
import { quickIndexer } from './index-run.js';

// A process that indexes until it is killed and tells each height that it stored: `node indexer-child.js <rpc> <dataDir | postgres URL> <blocks a batch>`.
const [rpc, where, batch] = process.argv.slice(2);
const database = await openDatabase(where!.startsWith('postgres') ? { url: where! } : { dataDir: where! });
const indexer = await quickIndexer(database, [rpc!], { batchBlocks: Number(batch) });
let told: number | undefined;
setInterval(() => {
  if (indexer.head() === told) return;
  told = indexer.head();
  process.stdout.write(`${told}\n`);
}, 1);
await indexer.done;
