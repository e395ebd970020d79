/** The shares of a fee in parts per million, as compute's parameters have them. */
export interface Shares {
  readonly workerPpm: bigint;
  readonly verifierPpm: bigint;
  readonly poolPpm: bigint;
}

/** How a fee is divided at FINAL, in the smallest unit. worker + fulfilled · each + pool + relay + dust is the fee. */
export interface FeeSplit {
  readonly worker: bigint;
  /** for each fulfilled duty; 0 where there is none */
  readonly each: bigint;
  /** the pool's share, and the verifiers' where no duty was fulfilled, less relay */
  readonly pool: bigint;
  /** to the poster of the beacon round, out of the pool's own share */
  readonly relay: bigint;
  /** what the floors leave; burned */
  readonly dust: bigint;
}

const PPM = 1_000_000n;

/**
 * Divides a fee as the chain does (PROTOCOL §6, money table; chain/x/compute/types/split.go).
 *
 * @param fulfilled duties that attested
 * @param relayFee what the relay asks for; at most the pool's own share is paid
 */
export function splitFee(shares: Shares, fee: bigint, fulfilled: number, relayFee: bigint): FeeSplit {
  const duties = BigInt(fulfilled);
  const worker = (fee * shares.workerPpm) / PPM;
  const verifiers = (fee * shares.verifierPpm) / PPM;
  const own = (fee * shares.poolPpm) / PPM;
  const relay = relayFee < own ? relayFee : own;
  const each = duties === 0n ? 0n : verifiers / duties;
  const pool = own - relay + (duties === 0n ? verifiers : 0n);
  return { worker, each, pool, relay, dust: fee - worker - each * duties - pool - relay };
}
