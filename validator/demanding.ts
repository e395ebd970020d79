import type { ChainClient, Message } from '../src/chain/index.js';
import { DemandState } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { JobView, MaterialsLoader } from '../src/jobs/index.js';
import { demandChunks, nextRange, type TensorName } from './demand.js';

/** What to do about bytes that nobody serves off chain. */
export type Demanding =
  /** a demand is on its way; the chain will tell */
  | { readonly kind: 'wait' }
  /** all of it was served on chain: look again */
  | { readonly kind: 'served' }
  | { readonly kind: 'send'; readonly message: Message; readonly first: number; readonly count: number };

/** The next demand for a tensor: one at a time, as many chunks as the chain takes. */
export async function demandNext(chain: ChainClient, loader: MaterialsLoader, view: JobView, sender: string, missing: TensorName): Promise<Demanding> {
  const { job, demands } = view;
  const open = [...demands.values()].some((d) => d.state === DemandState.DEMAND_STATE_ACTIVE || d.state === DemandState.DEMAND_STATE_QUEUED);
  if (open) return { kind: 'wait' };
  const { program } = await loader.model(job);
  const { params } = await chain.query.dispute.Params({ version: job.disputeParamsVersion });
  const item = nextRange(program, missing, demands.values(), params?.params?.demandMaxBytes ?? 0n);
  if (!item) return { kind: 'served' };
  return { kind: 'send', message: demandChunks(sender, job.id, program, [item]), first: Number(item.first), count: Number(item.count) };
}
