import type { ChainClient, Message } from '../src/chain/index.js';
import { DemandState, type DemandItem } from '../src/chain/generated/assay/dispute/v1/dispute.js';
import type { JobView, MaterialsLoader } from '../src/jobs/index.js';
import { demandChunks, freshItems, nextRange, type Wanted } from './demand.js';

/** What to do about bytes that nobody serves off chain. */
export type Demanding =
  /** a demand is on its way; the chain will tell */
  | { readonly kind: 'wait' }
  /** all of it was served on chain: look again */
  | { readonly kind: 'served' }
  | { readonly kind: 'send'; readonly message: Message; readonly items: readonly DemandItem[] };

/** The next demand for what nobody serves: one at a time, as many chunks as the chain takes. */
export async function demandNext(chain: ChainClient, loader: MaterialsLoader, view: JobView, sender: string, missing: Wanted): Promise<Demanding> {
  const { job, demands } = view;
  const open = [...demands.values()].some((d) => d.state === DemandState.DEMAND_STATE_ACTIVE || d.state === DemandState.DEMAND_STATE_QUEUED);
  if (open) return { kind: 'wait' };
  const { program } = await loader.model(job);
  const { params } = await chain.query.dispute.Params({ version: job.disputeParamsVersion });
  const most = params?.params?.demandMaxBytes ?? 0n;
  const range = missing.items ? undefined : nextRange(program, missing, demands.values(), most);
  const items = missing.items ? freshItems(missing.items, demands.values(), most) : range ? [range] : [];
  if (items.length === 0) return { kind: 'served' };
  return { kind: 'send', message: demandChunks(sender, job.id, program, items), items };
}
