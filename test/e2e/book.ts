import assert from 'node:assert/strict';

/** Parties that are no addresses, as EventPayment names them. */
export const BURN = 'burn';
export const POOL = 'pool';

/** A verifier's deposit in the module, apart from its account. */
export const depositOf = (operator: string): string => `deposit ${operator}`;

/** What the money table says of one path: who pays what in and who gets what, written before the chain is asked. */
export class Book {
  readonly paid = new Map<string, bigint>();
  readonly got = new Map<string, bigint>();
  /** what payment events must announce, by recipient */
  readonly announced = new Map<string, bigint>();

  /** Money that a party puts in: fee, bond, deposit, prepayment. */
  pay(party: string, amount: bigint): void {
    add(this.paid, party, amount);
  }

  /** Money that a party gets. Bonds that return into a deposit are the only movement that no EventPayment tells of. */
  get(party: string, amount: bigint, announced = true): void {
    add(this.got, party, amount);
    if (announced) add(this.announced, party.replace(/^deposit /, ''), amount);
  }

  /** The relay of the beacon is repaid by one of the jobs of its round, out of the pool's share: which one, is the chain's order. */
  relayed(poster: string, amount: bigint): void {
    for (const map of [this.got, this.announced]) {
      add(map, POOL, -amount);
      add(map, poster, amount);
    }
  }

  /** What a party has more (or less) than before. */
  change(party: string): bigint {
    return (this.got.get(party) ?? 0n) - (this.paid.get(party) ?? 0n);
  }

  /** Every party of the book. */
  parties(): string[] {
    return [...new Set([...this.paid.keys(), ...this.got.keys()])];
  }

  /** Fails unless everything that was paid in went somewhere. */
  assertClosed(): void {
    assert.equal(sum(this.got), sum(this.paid), 'what comes out is what went in');
  }

  /** Adds another book to this one. */
  add(other: Book): void {
    for (const [party, amount] of other.paid) add(this.paid, party, amount);
    for (const [party, amount] of other.got) add(this.got, party, amount);
  }
}

function add(map: Map<string, bigint>, key: string, amount: bigint): void {
  const value = (map.get(key) ?? 0n) + amount;
  if (value === 0n) map.delete(key);
  else map.set(key, value);
}

const sum = (map: ReadonlyMap<string, bigint>): bigint => [...map.values()].reduce((a, b) => a + b, 0n);
