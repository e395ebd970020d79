import { defineRelations } from 'drizzle-orm';
import * as schema from './schema.js';

/**
 * How tables refer to one another. A relation to an entity leads to **every version** of it: each use adds the filter
 * of a height, see `validAt`.
 */
export const relations = defineRelations(schema, (r) => ({
  jobs: {
    artifact: r.one.artifacts({ from: r.jobs.artifactId, to: r.artifacts.id }),
    dispute: r.one.disputes({ from: r.jobs.id, to: r.disputes.jobId }),
    workerRecord: r.one.workers({ from: r.jobs.worker, to: r.workers.address }),
    drawn: r.many.duties({ from: r.jobs.id, to: r.duties.jobId }),
    demands: r.many.demands({ from: r.jobs.id, to: r.demands.jobId }),
    commitments: r.many.faultCommitments({ from: r.jobs.id, to: r.faultCommitments.jobId }),
    payments: r.many.payments({ from: r.jobs.id, to: r.payments.jobId }),
    inputs: r.many.jobInputs({ from: r.jobs.id, to: r.jobInputs.jobId }),
    judgements: r.many.judgements({ from: r.jobs.id, to: r.judgements.jobId }),
    rewards: r.many.rewards({ from: r.jobs.id, to: r.rewards.jobId }),
    beacon: r.one.beaconRounds({ from: r.jobs.beaconRound, to: r.beaconRounds.round }),
  },
  disputes: {
    job: r.one.jobs({ from: r.disputes.jobId, to: r.jobs.id }),
    demands: r.many.demands({ from: r.disputes.jobId, to: r.demands.jobId }),
    commitments: r.many.faultCommitments({ from: r.disputes.jobId, to: r.faultCommitments.jobId }),
    judgements: r.many.judgements({ from: r.disputes.jobId, to: r.judgements.jobId }),
    rewards: r.many.rewards({ from: r.disputes.jobId, to: r.rewards.jobId }),
  },
  duties: {
    job: r.one.jobs({ from: r.duties.jobId, to: r.jobs.id }),
    verifier: r.one.verifiers({ from: r.duties.operator, to: r.verifiers.operator }),
  },
  demands: { job: r.one.jobs({ from: r.demands.jobId, to: r.jobs.id }) },
  faultCommitments: { job: r.one.jobs({ from: r.faultCommitments.jobId, to: r.jobs.id }) },
  payments: { job: r.one.jobs({ from: r.payments.jobId, to: r.jobs.id }) },
  artifacts: {
    jobs: r.many.jobs({ from: r.artifacts.id, to: r.jobs.artifactId }),
    policy: r.one.policies({ from: r.artifacts.digest, to: r.policies.digest }),
  },
  workers: { jobs: r.many.jobs({ from: r.workers.address, to: r.jobs.worker }) },
  verifiers: { duties: r.many.duties({ from: r.verifiers.operator, to: r.duties.operator }) },
  proposals: {
    votes: r.many.votes({ from: r.proposals.id, to: r.votes.proposalId }),
    deposits: r.many.deposits({ from: r.proposals.id, to: r.deposits.proposalId }),
    params: r.many.params({ from: r.proposals.id, to: r.params.proposalId }),
  },
  blocks: { transactions: r.many.transactions({ from: r.blocks.height, to: r.transactions.height }) },
  transactions: {
    block: r.one.blocks({ from: r.transactions.height, to: r.blocks.height }),
    messages: r.many.messages({ from: [r.transactions.height, r.transactions.index], to: [r.messages.height, r.messages.txIndex] }),
    events: r.many.events({ from: [r.transactions.height, r.transactions.index], to: [r.events.height, r.events.txIndex] }),
  },
}));
