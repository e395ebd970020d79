import assert from 'node:assert/strict';
import type { AssayEvent, ChainClient } from '../../src/chain/index.js';
import { JobState, type Job } from '../../src/chain/generated/assay/compute/v1/compute.js';
import { CommitmentState, DemandState, DisputePhase, type Demand, type Dispute, type FaultCommitment } from '../../src/chain/generated/assay/dispute/v1/dispute.js';

/** A payment as its event announced it. */
export interface Paid {
  readonly jobId: bigint;
  readonly recipient: string;
  readonly amount: bigint;
  readonly purpose: string;
}

/** Addresses of the two modules that hold money. */
export interface Modules {
  readonly compute: string;
  readonly dispute: string;
}

/**
 * Follows every block from the first: folds the events into records, and after every block asks bank whether each
 * module's balance is the sum of its records.
 */
export class Feed {
  height = 0;
  readonly jobs = new Map<bigint, Job>();
  readonly disputes = new Map<bigint, Dispute>();
  readonly demands = new Map<bigint, Demand>();
  readonly commitments = new Map<bigint, FaultCommitment>();
  readonly deposits = new Map<string, bigint>();
  readonly payments: Paid[] = [];
  readonly relayedRounds = new Set<bigint>();
  #failure: unknown;
  #waiters: (() => void)[] = [];

  /** @param deposits of the verifiers in genesis, which no event tells of */
  constructor(readonly client: ChainClient, readonly modules: Modules, readonly denom: string, deposits: ReadonlyMap<string, bigint>) {
    for (const [operator, amount] of deposits) this.deposits.set(operator, amount);
  }

  /** Runs until the signal aborts; what it finds wrong fails everybody who waits. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for await (const height of this.client.heights(1, signal)) {
        const { events } = await retried(() => this.client.blockEvents(height));
        for (const event of events) this.#fold(event);
        const expected = this.#held();
        const bank = this.client.at(height).bank;
        for (const name of ['compute', 'dispute'] as const) {
          const { balance } = await retried(() => bank.Balance({ address: this.modules[name], denom: this.denom }));
          assert.equal(BigInt(balance?.amount ?? '0'), expected[name], `height ${height}: the balance of x/${name} is the sum of its records`);
        }
        this.height = height;
        this.#wake();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#failure = error;
      this.#wake();
    }
  }

  /** Waits until `look` finds something; it is asked again after every block. */
  async until<T>(what: string, look: () => T | undefined, seconds = 280): Promise<T> {
    for (const end = Date.now() + seconds * 1_000; ; ) {
      if (this.#failure !== undefined) throw this.#failure;
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`${what}: not seen within ${seconds} s, at height ${this.height}`);
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
        setTimeout(resolve, 2_000).unref();
      });
    }
  }

  /** Waits until a job's record satisfies a condition. */
  job(id: bigint, what: string, done: (job: Job) => boolean): Promise<Job> {
    return this.until(`job ${id} ${what}`, () => {
      const job = this.jobs.get(id);
      return job !== undefined && done(job) ? job : undefined;
    });
  }

  /** Waits until the chain stands at a height. */
  async at(height: number): Promise<void> {
    await this.until(`height ${height}`, () => (this.height >= height ? true : undefined));
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #fold(event: AssayEvent): void {
    switch (event.type) {
      case 'assay.compute.v1.EventJobUpdated':
        this.jobs.set(event.value.job!.id, event.value.job!);
        break;
      case 'assay.dispute.v1.EventDisputeUpdated':
        this.disputes.set(event.value.dispute!.jobId, event.value.dispute!);
        break;
      case 'assay.dispute.v1.EventDemandUpdated':
        this.demands.set(event.value.demand!.id, event.value.demand!);
        break;
      case 'assay.dispute.v1.EventFaultCommitmentUpdated':
        this.commitments.set(event.value.commitment!.id, event.value.commitment!);
        break;
      case 'assay.compute.v1.EventVerifierUpdated':
        this.deposits.set(event.value.verifier!.operator, BigInt(event.value.verifier!.deposit));
        break;
      case 'assay.compute.v1.EventPayment':
        this.payments.push({ jobId: event.value.jobId, recipient: event.value.recipient, amount: BigInt(event.value.amount), purpose: event.value.purpose });
        break;
      case 'assay.beacon.v1.EventRelayReimbursed':
        assert.ok(!this.relayedRounds.has(event.value.round), `round ${event.value.round} is repaid once`);
        this.relayedRounds.add(event.value.round);
        break;
      case 'assay.compute.v1.EventItemFailed':
      case 'assay.dispute.v1.EventItemFailed':
        throw new Error(`the chain could not settle an item: ${JSON.stringify(event.value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v))}`);
      default:
    }
  }

  /** What the records say that the modules hold. */
  #held(): { compute: bigint; dispute: bigint } {
    let compute = [...this.deposits.values()].reduce((a, b) => a + b, 0n);
    for (const job of this.jobs.values()) {
      if (job.state < JobState.JOB_STATE_FINAL) compute += BigInt(job.fee) + BigInt(job.bond || '0') + BigInt(job.deposit || '0');
    }
    let dispute = 0n;
    for (const d of this.disputes.values()) {
      // Of an ended dispute the fee is history: it is settled.
      if (d.phase !== DisputePhase.DISPUTE_PHASE_ENDED) dispute += BigInt(d.fee || '0');
      // A conviction whose reward waits for older live commitments: half of the bond lies here.
      if (d.phase === DisputePhase.DISPUTE_PHASE_ENDED && d.prover !== '' && d.liveCommitments > 0n) dispute += BigInt(this.jobs.get(d.jobId)!.bond) / 2n;
    }
    for (const d of this.demands.values()) {
      if (d.state === DemandState.DEMAND_STATE_QUEUED || d.state === DemandState.DEMAND_STATE_ACTIVE) dispute += BigInt(d.serveFee) + BigInt(d.demandFee);
    }
    for (const c of this.commitments.values()) if (c.state === CommitmentState.COMMITMENT_STATE_LIVE) dispute += BigInt(c.bond);
    return { compute, dispute };
  }
}

/** A node announces a block before its results and its state can be asked for. */
async function retried<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 40; ; left--) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
}
