import { join } from 'node:path';
import { startNetwork } from '../devnet/network.js';
import { ProcessSet } from '../devnet/processes.js';
import { MsgClaimJob, MsgCommitResult, MsgRegisterWorker } from '../src/chain/generated/assay/compute/v1/tx.js';
import { MsgChallenge, MsgCommitFault, MsgProveFault, MsgProveFaultResponse, MsgPublishTrace } from '../src/chain/generated/assay/dispute/v1/tx.js';
import { ChainClient, faultCommitment, keyFromMnemonic, message, resultCommitment, Sender } from '../src/chain/index.js';
import { dataRoot, rootOfRoots } from '../src/merkle/index.js';
import { describeRuntime, type Prepared, type Tensor } from '../src/onnx/index.js';
import { publishProgram, submitJob } from '../src/requester/index.js';
import { assaydPath } from './assayd.js';

/** A result that a worker commits to, with the proof against it. */
export interface Case {
  readonly proof: Uint8Array;
  readonly outputRoots: readonly Uint8Array[];
  readonly traceRoot: Uint8Array;
}

/** A live chain that judges proofs: every case is a job of its own, from submission to ProveFault. */
export interface Court {
  /** Whether the chain convicted, case by case; at most as many cases as there are workers. */
  judge(cases: readonly Case[]): Promise<boolean[]>;
  close(): Promise<void>;
}

// Proofs of this program are judged for less; what is not used returns.
const PROVE_GAS = 6_000_000;
const PURSE = 1_000_000_000_000_000n;

/** Starts a chain of one validator with `workers` workers and publishes the program. */
export async function openCourt(dir: string, prepared: Prepared, inputs: readonly Tensor[], workers: number): Promise<Court> {
  const processes = new ProcessSet(join(dir, 'logs'));
  const names = Array.from({ length: workers }, (_, i) => `w${i}`);
  const network = await startNetwork({
    directory: join(dir, 'chain'), assayd: assaydPath(), validators: 1, chainId: 'assay-bench-1',
    accounts: Object.fromEntries(['publisher', 'requester', 'prover', ...names].map((n) => [n, PURSE])), flags: ['--block-time', '300ms'],
  }, processes);
  const chain = await ChainClient.connect({ rpc: [network.nodes[0]!.rpc], chainId: network.chainId, pollMs: 100 });
  const senders = new Map<string, Sender>();
  for (const [name, { mnemonic }] of network.accounts) senders.set(name, new Sender(chain, { key: await keyFromMnemonic(mnemonic) }));
  const sender = (name: string): Sender => senders.get(name)!;
  const { tolerance } = prepared.calibration;
  const { artifactId } = await publishProgram(sender('publisher'), {
    name: 'orientation', licence: 'MIT', record: prepared.record, weightsRoot: prepared.weightsRoot, sourceDigest: prepared.sourceDigest,
    tolerance: { abs: tolerance.abs.toFixed(12), rel: tolerance.rel.toFixed(12) },
  });
  await Promise.all(names.map((n) => sender(n).send([message(MsgRegisterWorker, { worker: sender(n).address, endpoint: 'http://127.0.0.1:9', owner: '' })])));
  const { params } = await chain.query.compute.Params({ version: 0n });
  const execution = { profile: 'ieee-fp32', ...(await describeRuntime({ backend: 'ort-node', threads: 1 })) };
  const inputRoots = inputs.map((t) => dataRoot(t.data));

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
    const { response } = await prover.call(message(MsgProveFault, { sender: prover.address, jobId, salt, proof: c.proof }), MsgProveFaultResponse, { gas: PROVE_GAS });
    return response.convicted;
  }

  return {
    judge: (cases) => Promise.all(cases.map((c, i) => one(c, sender(names[i]!)))),
    async close() {
      chain.close();
      await processes.stopAll(3_000);
    },
  };
}
