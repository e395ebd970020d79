import assert from 'node:assert/strict';
import type { Stage } from './stage.js';

/** One numbered path of the protocol. `run` returns what it saw, in words, once every job of it has ended. */
export interface Path {
  readonly name: string;
  run(stage: Stage): Promise<string>;
}

/**
 * Compares the money of a path with its book to the last unit: payments announced by events, and balances read from bank.
 * Verifiers, pool, burns and the relay are shared between paths: their sums are compared when all paths are over.
 */
export async function settle(stage: Stage, starts: ReadonlyMap<string, bigint>): Promise<void> {
  const { world, book, jobs } = stage;
  const { feed } = world;
  let end = feed.height;
  for (const id of jobs) end = Math.max(end, Number(feed.jobs.get(id)!.endHeight));
  // Dropped demands are repaid by a queue in the blocks after the end.
  await feed.at(end + 2);
  const payments = feed.payments.filter((p) => jobs.includes(p.jobId));
  for (const p of payments.filter((p) => p.purpose === 'relay')) {
    assert.equal(p.amount, BigInt(world.compute.relayFee));
    book.relayed(p.recipient, p.amount);
  }
  const announced = new Map<string, bigint>();
  for (const p of payments) announced.set(p.recipient, (announced.get(p.recipient) ?? 0n) + p.amount);
  assert.deepEqual(named(stage, announced), named(stage, book.announced), 'payment events are the money table');
  for (const party of [stage.requester, stage.worker, ...stage.outsiders]) {
    const now = await world.net.client.balance(party.address, world.denom);
    assert.equal(now - starts.get(party.address)!, book.change(party.address), `balance of the ${nameOf(stage, party.address)}`);
  }
  book.assertClosed();
  world.total.add(book);
}

function named(stage: Stage, amounts: ReadonlyMap<string, bigint>): Record<string, string> {
  return Object.fromEntries([...amounts].map(([party, amount]) => [nameOf(stage, party), amount.toString()] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function nameOf(stage: Stage, address: string): string {
  if (address === stage.requester.address) return 'requester';
  if (address === stage.worker.address) return 'worker';
  const outsider = stage.outsiders.findIndex((o) => o.address === address);
  if (outsider >= 0) return `outsider ${outsider}`;
  const verifier = stage.world.verifiers.findIndex((v) => v.address === address);
  if (verifier >= 0) return `verifier ${verifier}`;
  return address === stage.world.relay.address ? 'relay' : address;
}
