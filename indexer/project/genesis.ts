import { GenesisState as BeaconGenesis } from '../../src/chain/generated/assay/beacon/v1/beacon.js';
import { GenesisState as ComputeGenesis } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { GenesisState as DisputeGenesis } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import { GenesisState as RegistryGenesis } from '../../src/chain/generated/assay/registry/v1/registry.js';
import { versionedParams } from './block.js';
import { fact, type Change } from './changes.js';
import * as compute from './compute.js';
import * as dispute from './dispute.js';
import { paramsChange } from './params.js';
import * as registry from './registry.js';
import * as v from './values.js';

/** The application's part of a genesis document, by module. */
export type AppState = { readonly [module: string]: unknown };

/** Rows at height 0: what the chain began with, of which no event tells. */
export function projectGenesis(state: AppState): Change[] {
  const r = RegistryGenesis.fromJSON(state['registry'] ?? {});
  const c = ComputeGenesis.fromJSON(state['compute'] ?? {});
  const d = DisputeGenesis.fromJSON(state['dispute'] ?? {});
  const b = BeaconGenesis.fromJSON(state['beacon'] ?? {});
  return [
    ...genesisParams(state),
    ...r.artifacts.flatMap((a) => registry.artifactChanges(a, 0)),
    ...r.policies.map(registry.policyChange),
    ...c.jobs.flatMap((job) => compute.jobChanges(job, 'genesis', 0)),
    ...c.duties.map(compute.dutyChange),
    ...c.workers.map(compute.workerChange),
    ...c.verifiers.map((x) => compute.verifierChange(x, 'genesis')),
    ...c.snapshots.map(compute.snapshotChange),
    ...d.disputes.map((x) => dispute.disputeChange(x, 'genesis')),
    ...d.demands.map(dispute.demandChange),
    ...d.commitments.map(dispute.commitmentChange),
    ...b.rounds.map((x) => fact('beaconRounds', { round: v.id(x.round), height: 0, randomness: v.bytes(x.randomness), signature: v.bytes(x.signature), poster: x.poster })),
  ];
}

/** Parameters of every module that has some; of versioned ones the last version. */
function genesisParams(state: AppState): Change[] {
  return Object.entries(state).flatMap(([module, value]) => {
    const params = typeof value === 'object' && value !== null && 'params' in value ? value.params : undefined;
    if (module === 'compute' || module === 'dispute') {
      const last = Array.isArray(params) ? (params.at(-1) as unknown) : undefined;
      return last === undefined ? [] : [versionedParams(module, last, null)];
    }
    return typeof params === 'object' && params !== null && !Array.isArray(params) ? [paramsChange(module, params, null, null)] : [];
  });
}
