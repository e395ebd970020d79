import assert from 'node:assert/strict';
import { ModuleAccount } from 'cosmjs-types/cosmos/auth/v1beta1/auth';
import type { ChainClient } from '../../src/chain/index.js';
import { pages } from '../../src/chain/index.js';
import { JobState } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { BURN, depositOf, POOL } from './book.js';
import type { Modules } from './feed.js';
import type { World } from './world.js';

/** What everybody shares, as it stood before the first path. */
export interface Opening {
  readonly modules: Modules;
  /** account that holds the community pool */
  readonly pool: string;
  readonly supply: bigint;
  readonly deposits: ReadonlyMap<string, bigint>;
  readonly balances: ReadonlyMap<string, bigint>;
}

/** Reads supply, deposits, pool and the verifiers' accounts. */
export async function opening(client: ChainClient, denom: string, operators: readonly string[]): Promise<Opening> {
  const account = async (name: string): Promise<string> => {
    const { account: found } = await client.query.auth.ModuleAccountByName({ name });
    return ModuleAccount.decode(found!.value).baseAccount!.address;
  };
  const modules = { compute: await account('compute'), dispute: await account('dispute') };
  const pool = await account('distribution');
  const balances = new Map<string, bigint>();
  for (const address of [...operators, pool]) balances.set(address, await client.balance(address, denom));
  return { modules, pool, supply: await supplyOf(client, denom), deposits: await depositsOf(client), balances };
}

/**
 * Compares what all paths share with the sum of their books: verifiers' accounts and deposits, the pool, the relay, what
 * was burned, the supply; and the feed's records with queries. Returns what it found, in words.
 */
export async function closing(world: World, start: Opening): Promise<string[]> {
  const { net: { client }, feed, total, denom } = world;
  await feed.at(feed.height + 2);
  const now = await opening(client, denom, world.verifiers.map((v) => v.address));
  for (const { address } of world.verifiers) {
    assert.equal(now.balances.get(address)! - start.balances.get(address)!, total.change(address), `account of verifier ${address}`);
    assert.equal(now.deposits.get(address)! - start.deposits.get(address)!, total.change(depositOf(address)), `deposit of verifier ${address}`);
  }
  assert.equal(now.balances.get(start.pool)! - start.balances.get(start.pool)!, total.change(POOL), 'community pool');
  assert.equal(total.change(world.relay.address), BigInt(feed.relayedRounds.size) * BigInt(world.compute.relayFee), 'the relay is repaid once a round');
  const burned = total.change(BURN);
  // Nothing is minted on a devnet, so the supply shrinks by exactly what burned.
  assert.equal(start.supply - now.supply, burned, 'supply');
  assert.equal(await client.balance(start.modules.dispute, denom), 0n, 'nothing is left in x/dispute');
  const deposits = [...now.deposits.values()].reduce((a, b) => a + b, 0n);
  assert.equal(await client.balance(start.modules.compute, denom), deposits, 'only deposits are left in x/compute');
  let jobs = 0;
  for await (const job of pages((pagination) => client.query.compute.Jobs({ state: JobState.JOB_STATE_UNSPECIFIED, pagination }), (r) => r.jobs)) {
    jobs++;
    const folded = feed.jobs.get(job.id)!;
    assert.deepEqual([folded.state, folded.reason, folded.endHeight], [job.state, job.reason, job.endHeight], `events and query agree on job ${job.id}`);
  }
  assert.equal(jobs, feed.jobs.size);
  return [
    `supply ${start.supply} - ${burned} burned = ${now.supply}; pool +${total.change(POOL)}; relay +${total.change(world.relay.address)} for ${feed.relayedRounds.size} rounds`,
    `module balances equalled the sum of their records in each of ${feed.height} blocks`,
  ];
}

async function supplyOf(client: ChainClient, denom: string): Promise<bigint> {
  const { amount } = await client.query.bank.SupplyOf({ denom });
  return BigInt(amount!.amount);
}

async function depositsOf(client: ChainClient): Promise<Map<string, bigint>> {
  const deposits = new Map<string, bigint>();
  for await (const v of pages((pagination) => client.query.compute.Verifiers({ pagination }), (r) => r.verifiers)) deposits.set(v.operator, BigInt(v.deposit));
  return deposits;
}
