import { QueryClientImpl as AuthQuery } from 'cosmjs-types/cosmos/auth/v1beta1/query';
import { QueryClientImpl as AuthzQuery } from 'cosmjs-types/cosmos/authz/v1beta1/query';
import { QueryClientImpl as BankQuery } from 'cosmjs-types/cosmos/bank/v1beta1/query';
import { QueryClientImpl as FeegrantQuery } from 'cosmjs-types/cosmos/feegrant/v1beta1/query';
import { QueryClientImpl as GovQuery } from 'cosmjs-types/cosmos/gov/v1/query';
import { QueryClientImpl as StakingQuery } from 'cosmjs-types/cosmos/staking/v1beta1/query';
import type { Comet38Client } from '@cosmjs/tendermint-rpc';
import { chainError } from './errors.js';
import { QueryClientImpl as BeaconQuery } from './generated/assay/beacon/v1/query.js';
import { QueryClientImpl as ComputeQuery } from './generated/assay/compute/v1/query.js';
import { QueryClientImpl as DisputeQuery } from './generated/assay/dispute/v1/query.js';
import { QueryClientImpl as RegistryQuery } from './generated/assay/registry/v1/query.js';
import type { PageRequest, PageResponse } from './generated/cosmos/base/query/v1beta1/pagination.js';

/** Light reads of the chain's state. Never `dispute.DryRun`: a heavy ABCI query stops consensus; see `dryRun`. */
export interface Queries {
  readonly registry: RegistryQuery;
  readonly compute: ComputeQuery;
  readonly dispute: Omit<DisputeQuery, 'DryRun'>;
  readonly beacon: BeaconQuery;
  readonly auth: AuthQuery;
  readonly authz: AuthzQuery;
  readonly bank: BankQuery;
  readonly feegrant: FeegrantQuery;
  readonly gov: GovQuery;
  readonly staking: StakingQuery;
}

/**
 * Queries over `abci_query`.
 *
 * @param height of the state to read; absent for the newest
 */
export function createQueries(comet: Comet38Client, height?: number): Queries {
  const rpc = {
    async request(service: string, method: string, data: Uint8Array): Promise<Uint8Array> {
      const path = `/${service}/${method}`;
      const response = await comet.abciQuery({ path, data, prove: false, ...(height === undefined ? {} : { height }) });
      if (response.code)
        throw chainError({ codespace: response.codespace, code: response.code, log: response.log ?? '', action: `query ${method}` });
      return response.value;
    },
  };
  return {
    registry: new RegistryQuery(rpc),
    compute: new ComputeQuery(rpc),
    dispute: new DisputeQuery(rpc),
    beacon: new BeaconQuery(rpc),
    auth: new AuthQuery(rpc),
    authz: new AuthzQuery(rpc),
    bank: new BankQuery(rpc),
    feegrant: new FeegrantQuery(rpc),
    gov: new GovQuery(rpc),
    staking: new StakingQuery(rpc),
  };
}

/**
 * Every item of a paged query, page by page.
 *
 * @example for await (const job of pages((pagination) => q.compute.Jobs({ state, pagination }), (r) => r.jobs)) …
 */
export async function* pages<Response extends { pagination: PageResponse | undefined }, Item>(
  ask: (page: PageRequest) => Promise<Response>,
  items: (response: Response) => readonly Item[],
  limit = 100n,
): AsyncGenerator<Item> {
  let key = new Uint8Array();
  do {
    const response = await ask({ key, offset: 0n, limit, countTotal: false, reverse: false });
    yield* items(response);
    key = new Uint8Array(response.pagination?.nextKey ?? []);
  } while (key.length > 0);
}
