// For tests: an examiner before a chain that is a few answers, and a referee that knows the wrong node.
import { join } from 'node:path';
import { BlobClient, BlobStore } from '../src/blobs/index.js';
import type { ChainClient } from '../src/chain/index.js';
import type { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { createExecutor, MaterialsLoader, type JobView } from '../src/jobs/index.js';
import type { Judgement, Referee, Scan } from '../src/referee/index.js';
import { Examiner } from './examiner.js';

/** A view of a job without duties, dispute or demands. */
export function viewOf(job: Job): JobView {
  return { job, duties: new Map(), dispute: undefined, demands: new Map(), commitments: new Map() };
}

/** An examiner with its data in `dir`, of jobs whose worker serves at `endpoint` and whose node `wrong` is false; its referee says all else of `but`. */
export async function examinerBefore(dir: string, endpoint: string, wrong: number, but: Partial<Referee> = {}): Promise<{ examiner: Examiner; store: BlobStore; close(): Promise<void> }> {
  const fetch = { allowPrivate: true, attempts: 1 };
  const store = await BlobStore.open(join(dir, 'blobs'));
  const answers = {
    chainId: 'test-1',
    query: {
      compute: {
        Worker: async () => ({ worker: { endpoint } }),
        Params: async () => ({ params: { params: { profiles: [{ name: 'ieee-fp32', constants: [], gradualUnderflow: true, weightBlock: 0 }] } } }),
      },
      registry: { Artifact: async () => ({}) },
      dispute: { Params: async () => ({}) },
    },
  };
  const chain = answers as unknown as ChainClient; // all of a chain that an examiner asks when nothing was demanded
  const executor = await createExecutor({ profile: 'ieee-fp32' });
  const examiner = new Examiner({ chain, loader: new MaterialsLoader(chain, new BlobClient(store, fetch)), executor, referee: { ...knowing(wrong), ...but }, dir: join(dir, 'cases'), fetch });
  return { examiner, store, close: () => executor.close() };
}

function knowing(wrong: number): Referee {
  const judgement: Judgement = { fault: true, op: '', claimed: '', exact: '', bound: '', ratio: '', undecided: '', macs: 0, exponentials: 0, hashes: 0 };
  const scanned = (nodes: readonly number[]): Scan => ({ fault: undefined, nodes: nodes.length, elements: nodes.length, acquitted: 0, undecided: {}, seconds: 0 });
  return {
    scan: async (_, nodes = []) => ({ ...scanned(nodes), ...(nodes.includes(wrong) && { fault: { kind: 'ARITHMETIC', node: wrong, slot: 0, element: 0n } }) }),
    reads: () => Promise.resolve([]),
    prove: async () => ({ proof: new Uint8Array(1), judgement }),
    judge: async () => judgement,
    residual: async (_, { count }) => ({ elements: 1n, drawn: count, counted: count, rms: 1, max: 1 }),
  };
}
