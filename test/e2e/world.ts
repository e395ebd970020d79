import type { Sender } from '../../src/chain/index.js';
import type { Params as ComputeParams } from '../../src/chain/generated/assay/compute/v1/compute.js';
import type { Params as DisputeParams } from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import type { Program } from '../../src/onnx/index.js';
import type { TestNetwork } from '../daemons/network.js';
import type { Book } from './book.js';
import type { Feed } from './feed.js';
import type { Withheld } from './relay.js';
import type { Runs } from './runs.js';

/** Everything that the paths share: one network, one published model, its executions, and what was seen so far. */
export interface World {
  readonly net: TestNetwork;
  readonly feed: Feed;
  readonly compute: ComputeParams;
  readonly dispute: DisputeParams;
  readonly denom: string;
  /** senders of the validators' operators, who are the verifiers */
  readonly verifiers: readonly Sender[];
  /** relays beacons and is repaid */
  readonly relay: Sender;
  readonly program: Program;
  readonly record: Uint8Array;
  readonly artifactId: bigint;
  readonly runs: Runs;
  /** sums up the books of the paths that passed */
  readonly total: Book;
  readonly withheld: Withheld;
  /** While a job whose beacon is withheld gets its rounds, nobody else may get the same round. */
  mayCommit(): boolean;
  signal: AbortSignal;
}
