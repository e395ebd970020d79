import { join } from 'node:path';
import { setParams } from '../devnet/genesis.js';
import { startNetwork } from '../devnet/network.js';
import { ProcessSet } from '../devnet/processes.js';
import { Job } from '../src/chain/generated/assay/compute/v1/compute.js';
import { MsgClaimJob, MsgCommitResult, MsgRegisterWorker } from '../src/chain/generated/assay/compute/v1/tx.js';
import { MsgChallenge, MsgCommitFault, MsgProveFault, MsgProveFaultResponse, MsgPublishTrace } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { ChainClient, commitmentsOf, faultCommitment, keyFromMnemonic, message, resultCommitment, Sender, type Commitments } from '../src/chain/index.js';
import { dataRoot, rootOfRoots } from '../src/merkle/index.js';
import { describeRuntime, type Prepared, type Tensor } from '../src/onnx/index.js';
import { publishProgram, submitJob, toleranceToWire } from '../src/requester/index.js';
import { proofGas } from '../validator/gas.js';
import type { Judgement } from '../validator/index.js';
import { assaydPath } from './assayd.js';

/** What a worker commits to. */
export interface Committed {
  readonly outputRoots: readonly Uint8Array[];
  readonly traceRoot: Uint8Array;
}

/** A commitment with the proof against it, and what the offline referee said of that. */
export interface Case extends Committed {
  readonly proof: Uint8Array;
  readonly judgement: Judgement;
}

/** A live chain that judges proofs: every case is a job of its own, from submission to ProveFault. */
export interface Court {
  /** cases that it hears at once */
  readonly capacity: number;
  /** What the chain will hold of a job. */
  commitments(committed: Committed): Commitments;
  /** Whether the chain convicted, case by case; at most `capacity` cases. */
  judge(cases: readonly Case[]): Promise<boolean[]>;
  close(): Promise<void>;
}

const CAPACITY = 40;
const PROFILE = 'ieee-fp32';
const PURSE = 1_000_000_000_000_000n;

// Verdicts are measured, not deadlines: a machine that forges and judges at once may be slow to send.
function patient(genesis: Record<string, unknown>): void {
  setParams(genesis, 'compute', { claim_blocks: '2000', commit_blocks: '2000', window_blocks: '2000' });
  setParams(genesis, 'dispute', { trace_base_blocks: '2000', prove_base_blocks: '2000', reveal_blocks: '2000' });
}

/** Starts a chain of one validator with a worker for each case of a batch, and publishes the program. */
export async function openCourt(dir: string, name: string, prepared: Prepared, inputs: readonly Tensor[]): Promise<Court> {
  const processes = new ProcessSet(join(dir, 'logs'));
  const names = Array.from({ length: CAPACITY }, (_, i) => `w${i}`);
  const network = await startNetwork({
    directory: join(dir, 'chain'), assayd: assaydPath(), validators: 1, chainId: 'assay-bench-1',
    accounts: Object.fromEntries(['publisher', 'requester', 'prover', ...names].map((n) => [n, PURSE])), flags: ['--block-time', '500ms'],
    editGenesis: patient,
  }, processes);
  const chain = await ChainClient.connect({ rpc: [network.nodes[0]!.rpc], chainId: network.chainId, pollMs: 100 });
  const senders = new Map<string, Sender>();
  for (const [name, { mnemonic }] of network.accounts) senders.set(name, new Sender(chain, { key: await keyFromMnemonic(mnemonic) }));
  const sender = (name: string): Sender => senders.get(name)!;
  const tolerance = { abs: prepared.calibration.tolerance.abs.toFixed(12), rel: prepared.calibration.tolerance.rel.toFixed(12) };
  const { artifactId } = await publishProgram(sender('publisher'), {
    name, licence: 'MIT', record: prepared.record, weightsRoot: prepared.weightsRoot, sourceDigest: prepared.sourceDigest, tolerance,
  });
  await Promise.all(names.map((n) => sender(n).send([message(MsgRegisterWorker, { worker: sender(n).address, endpoint: 'http://127.0.0.1:9', owner: '' })])));
  const { params } = await chain.query.compute.Params({ version: 0n });
  const execution = { profile: PROFILE, ...(await describeRuntime({ backend: 'ort-node', threads: 1 })) };
  const inputRoots = inputs.map((t) => dataRoot(t.data));

  const { program, programRoot } = prepared;
  const known = {
    program: {
      root: programRoot, inputs: program.inputs.length, weights: program.weights.length, values: program.values, nodes: program.nodes.length, outputs: program.outputs.length,
    },
    profile: PROFILE, weightsRoot: prepared.weightsRoot, inputRoot: rootOfRoots(inputRoots), tolerance: toleranceToWire(tolerance),
  };

  async function one(c: Case, worker: Sender): Promise<boolean> {
    const { jobId, fee } = await submitJob(sender('requester'), { artifactId, inputs: inputRoots.map((root) => ({ dataRoot: root })) });
    const least = params!.params!.kappa * fee;
    const bond = least > BigInt(params!.params!.bondMin) ? least : BigInt(params!.params!.bondMin);
    await worker.send([message(MsgClaimJob, { worker: worker.address, jobId, bond: bond.toString() })]);
    const commitment = resultCommitment({
      chainId: network.chainId, jobId, worker: worker.address, programRoot: prepared.programRoot, weightsRoot: prepared.weightsRoot,
      execution, inputRoot: rootOfRoots(inputRoots), outputRoot: rootOfRoots(c.outputRoots),
    });
    await worker.send([message(MsgCommitResult, { worker: worker.address, jobId, outputDataRoots: [...c.outputRoots], traceRoot: new Uint8Array(), execution, commitment })]);
    const prover = sender('prover');
    await prover.send([message(MsgChallenge, { sender: prover.address, jobId })]);
    await worker.send([message(MsgPublishTrace, { worker: worker.address, jobId, traceRoot: c.traceRoot })]);
    const salt = new Uint8Array(32).fill(7);
    const hash = faultCommitment({ chainId: network.chainId, jobId, sender: prover.address, salt, proof: c.proof });
    const { height } = await prover.send([message(MsgCommitFault, { sender: prover.address, jobId, hash })]);
    await chain.waitForHeight(height + 1);
    const { job } = await chain.query.compute.Job({ id: jobId });
    const gas = await proofGas(chain, job!, c.proof.length, c.judgement);
    const { response } = await prover.call(message(MsgProveFault, { sender: prover.address, jobId, salt, proof: c.proof }), MsgProveFaultResponse, { gas });
    return response.convicted;
  }

  return {
    capacity: CAPACITY,
    commitments: (c) => commitmentsOf(Job.fromPartial({ ...known, outputRoot: rootOfRoots(c.outputRoots), traceRoot: c.traceRoot }), params!.params!.profiles),
    judge: (cases) => Promise.all(cases.map((c, i) => one(c, sender(names[i]!)))),
    async close() {
      chain.close();
      await processes.stopAll(3_000);
    },
  };
}
