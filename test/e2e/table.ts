import { BURN, POOL } from './book.js';
import { BOND, FEE, type Stage } from './stage.js';

// The money table of docs/protocol.md, row by row, written from the document and not from the chain's code.

const PPM = 1_000_000n;

/** EXPIRED, VOID: the fee returns, the bond too where there is one; the claim deposit burns if UNCOMMITTED. */
export function returned(stage: Stage, options: { claimed?: boolean; uncommitted?: boolean } = {}): void {
  const { book, requester, worker } = stage;
  book.get(requester.address, FEE);
  if (!options.claimed) return;
  book.get(worker.address, BOND);
  book.get(options.uncommitted ? BURN : worker.address, stage.claimDeposit);
}

/**
 * FINAL: worker 90 %, fulfilled duties 8 % (none: pool), pool 2 %, dust burned; bond and claim deposit back.
 *
 * @param fulfilled operators that attested; `failed`: those of them whose challenge failed, whose share the worker gets
 */
export function final(stage: Stage, fulfilled: readonly string[], failed: readonly string[] = []): void {
  const { book, worker, world } = stage;
  const worth = (ppm: bigint): bigint => (FEE * ppm) / PPM;
  const verifiers = worth(80_000n);
  let left = FEE;
  const give = (party: string, amount: bigint): void => {
    left -= amount;
    book.get(party, amount);
  };
  give(worker.address, worth(900_000n));
  for (const operator of fulfilled) give(failed.includes(operator) ? worker.address : operator, verifiers / BigInt(fulfilled.length));
  give(POOL, worth(20_000n) + (fulfilled.length === 0 ? verifiers : 0n));
  book.get(BURN, left);
  book.get(worker.address, BOND + BigInt(world.compute.claimDeposit));
}

/**
 * FAULTED by a proof: fee to the requester, the claim deposit back to the worker, half of the bond to the prover less the
 * demand costs that it repays, the other half (and the odd unit) burned.
 *
 * @param costs that were paid out before, in all
 */
export function convicted(stage: Stage, prover: string, costs = 0n): void {
  slashed(stage, prover, BOND / 2n - costs, costs);
}

/** FAULTED WITHHELD: to who was left unserved, twice what it had paid and a duty's share of the fee. */
export function withheld(stage: Stage, unserved: string, stake: bigint): void {
  const share = (FEE * 80_000n) / PPM / BigInt(Math.max(1, stage.world.verifiers.length));
  slashed(stage, unserved, 2n * stake + share, 0n);
}

function slashed(stage: Stage, to: string, amount: bigint, costs: bigint): void {
  const { book, requester, worker } = stage;
  book.get(requester.address, FEE);
  book.get(worker.address, stage.claimDeposit);
  book.get(to, amount);
  book.get(BURN, BOND - amount - costs);
}
