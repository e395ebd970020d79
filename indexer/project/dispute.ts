import { endReasonToJSON } from '../../src/chain/generated/assay/compute/v1/compute.js';
import {
  commitmentStateToJSON, demandStateToJSON, DemandTensor, disputePhaseToJSON, type Demand, type Dispute, type FaultCommitment,
} from '../../src/chain/generated/assay/dispute/v1/dispute.js';
import type { EventProofJudged } from '../../src/chain/generated/assay/dispute/v1/events.js';
import { faultKindToJSON, type Explanation } from '../../src/chain/generated/assay/referee/v1/proof.js';
import { fact, put, type Change } from './changes.js';
import * as v from './values.js';

/** Version of a dispute. */
export function disputeChange(d: Dispute, cause: string): Change {
  return put('disputes', {
    jobId: v.id(d.jobId),
    cause,
    phase: v.enumName(disputePhaseToJSON, 'DISPUTE_PHASE_', d.phase),
    challenger: v.optionalText(d.challenger),
    drawn: d.drawn,
    joined: d.joined,
    fee: v.amount(d.fee),
    openedHeight: v.optionalHeight(d.openedHeight),
    worker: d.worker,
    traceClockRunning: d.traceClockRunning,
    traceDeadline: v.optionalHeight(d.traceDeadline),
    traceRoot: v.optionalBytes(d.traceRoot),
    publishedHeight: v.optionalHeight(d.publishedHeight),
    proveDeadline: v.optionalHeight(d.proveDeadline),
    proveLeft: d.proveLeft,
    demandCount: d.demands,
    openDemands: d.openDemands,
    liveCommitments: d.liveCommitments,
    reason: v.optionalEnum(endReasonToJSON, 'END_REASON_', d.reason),
    prover: v.optionalText(d.prover),
    explanation: explanation(d.explanation),
    proofHash: v.optionalBytes(d.proofHash),
    proofHeight: v.optionalHeight(d.proofHeight),
    proofSize: d.proofSize || null,
    endHeight: v.optionalHeight(d.endHeight),
  });
}

/** What the referee said, as JSON; 64-bit counts as decimal strings. */
export function explanation(e: Explanation | undefined) {
  if (!e) return null;
  return {
    kind: v.enumName(faultKindToJSON, 'FAULT_KIND_', e.kind),
    node: e.node, op: e.op, slot: e.slot, element: String(e.element), coordinates: e.coordinates.map(String),
    claimed: e.claimed, exact: e.exact, bound: e.bound, ratio: e.ratio, undecided: e.undecided, fault: e.fault,
    terms: String(e.terms), macs: String(e.macs), exponentials: String(e.exponentials), hashes: String(e.hashes),
  };
}

/** Version of a demand. */
export function demandChange(d: Demand): Change {
  return put('demands', {
    id: v.id(d.id), jobId: v.id(d.jobId), sender: d.sender, drawn: d.drawn,
    tensors: d.tensors.map((t) => DemandTensor.toJSON(t)),
    bytes: d.bytes, serveFee: v.amount(d.serveFee), demandFee: v.amount(d.demandFee),
    state: v.enumName(demandStateToJSON, 'DEMAND_STATE_', d.state),
    height: v.height(d.height), deadline: v.optionalHeight(d.deadline),
    servedBy: v.optionalText(d.servedBy), servedHeight: v.optionalHeight(d.servedHeight),
  });
}

/** Version of a fault commitment. */
export function commitmentChange(c: FaultCommitment): Change {
  return put('faultCommitments', {
    id: v.id(c.id), jobId: v.id(c.jobId), sender: c.sender, hash: v.bytes(c.hash), height: v.height(c.height),
    deadline: v.height(c.deadline), bond: v.amount(c.bond),
    state: v.enumName(commitmentStateToJSON, 'COMMITMENT_STATE_', c.state), fromDeposit: c.fromDeposit,
  });
}

/** What the referee said of a revealed proof. */
export function judgementChange(e: EventProofJudged, height: number, position: number): Change {
  return fact('judgements', {
    height, position, jobId: v.id(e.jobId), commitmentId: v.id(e.commitmentId), prover: e.prover, convicted: e.convicted,
    code: v.optionalText(e.code), message: v.optionalText(e.message),
    explanation: explanation(e.explanation), proofHash: v.optionalBytes(e.proofHash),
  });
}
