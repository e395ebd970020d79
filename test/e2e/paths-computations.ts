import assert from 'node:assert/strict';
import { changedGradient, inflatedMetric, scaledUpdate, swappedToken } from '../../devnet/computation-cheats.js';
import type { Scheme } from '../../devnet/cheats.js';
import { ArtifactKind, Evidence, ParentRole } from '../../src/chain/generated/assay/registry/v1/registry.js';
import type { ParentClaim } from '../../src/chain/generated/assay/registry/v1/tx.js';
import { hasCode } from '../../src/errors.js';
import { dataRoot } from '../../src/merkle/index.js';
import { CLIENTS, firstMoments, firstState, fullSequence, labelledBatch, lossAndGradient, SMALL, SMALL_BATCH, smallParameters, type GeneratedName } from '../../src/models/index.js';
import { loadEngine } from '../../src/onnx/engine.js';
import { float32, floats, int64, type Tensor } from '../../src/onnx/index.js';
import { checkChained, entryProof, manifestOf, publishManifest, type Manifest } from '../../src/requester/index.js';
import type { Lab } from './lab.js';

/** A numbered path on a network with real workers and sidecars. Returns what it saw, in words. */
export interface ComputationPath {
  readonly name: string;
  run(lab: Lab): Promise<string>;
}

/** What the cheat does in each kind of job. */
export const COMPUTATION_CHEATS: Readonly<Record<GeneratedName, Scheme>> = {
  generation: swappedToken(SMALL.vocabulary),
  training: changedGradient,
  averaging: scaledUpdate(3, 10),
  evaluation: inflatedMetric,
};

const SEED = 1;
const FIRST_TOKEN = 3;
/** token, position, and two caches a layer */
const STATE = 2 + 2 * SMALL.layers;
/** parameters, two moments, powers of β */
const TRAINED = 4;

/** Computations beyond inference, honest and forged, through the whole dispute. */
export const computationPaths: readonly ComputationPath[] = [
  {
    name: 'GENERATION: three tokens with a cache, each a job',
    async run(lab) {
      const jobs: bigint[] = [];
      const tokens = [FIRST_TOKEN];
      let state = firstState(SMALL, FIRST_TOKEN);
      for (let t = 0; t < 3; t++) {
        jobs.push(await lab.submit('generation', state, { exact: true }));
        state = await lab.outputs(jobs.at(-1)!);
        tokens.push(integer(state[0]!));
      }
      assert.deepEqual(tokens, await recomputed(tokens.slice(0, -1)), 'what the jobs say is what recomputing everything says');
      const final = await Promise.all(jobs.map((id) => lab.final(id)));
      checkChained(final, STATE);
      // One root says it all: the state that went out is the state that came in.
      final.slice(1).forEach((job, i) => assert.deepEqual(job.inputRoot, final[i]!.outputRoot));
      return `tokens ${tokens.join(' ')}; jobs ${jobs.join(' → ')} FINAL, each step's input root is the output root before it`;
    },
  },
  {
    name: 'GENERATION forged: a token swapped, a cache swapped',
    async run(lab) {
      const first = await lab.submit('generation', firstState(SMALL, FIRST_TOKEN), { exact: true });
      const state = await lab.outputs(first);
      const swapped = await lab.submit('generation', state, { exact: true, cheat: true });
      // Another goes on from a cache that nobody made: the job itself is honest.
      const cache = state.with(2, float32(state[2]!.dims, floats(state[2]!).map((x) => 2 * x)));
      const foreign = await lab.submit('generation', cache, { exact: true });
      const forged = await lab.outputs(swapped);
      assert.notEqual(integer(forged[0]!), (await recomputed([FIRST_TOKEN, integer(state[0]!)])).at(-1), 'the cheat says another token');
      const [a, b, c] = await Promise.all([lab.final(first), lab.convicted(swapped, 'ARITHMETIC'), lab.final(foreign)]);
      assert.throws(() => checkChained([a, b], STATE), (e) => hasCode(e, 'CHAIN_BROKEN') && /FAULTED/.test(String(e)));
      assert.throws(() => checkChained([a, c], STATE), (e) => hasCode(e, 'CHAIN_BROKEN') && /input 2/.test(String(e)));
      return `job ${swapped} FAULTED by a sidecar; job ${foreign} is FINAL, and its input is no output of job ${first}`;
    },
  },
  {
    name: 'TRAINING: two steps of Adam',
    async run(lab) {
      const batch = labelledBatch(SMALL.vocabulary, SMALL_BATCH, SEED);
      const start = [smallParameters(), ...firstMoments(SMALL)];
      const one = await lab.submit('training', [...start, ...batch], { exact: true });
      const after = await lab.outputs(one);
      const two = await lab.submit('training', [...after.slice(0, TRAINED), ...batch], { exact: true });
      const losses = [after, await lab.outputs(two)].map((outputs) => floats(outputs[TRAINED]!)[0]!);
      assert.ok(losses[1]! < losses[0]!, `the loss falls: ${losses.join(' → ')}`);
      checkChained(await Promise.all([lab.final(one), lab.final(two)]), TRAINED);
      return `loss ${losses.map((l) => l.toFixed(3)).join(' → ')}; weights and moments of job ${one} are the inputs of job ${two}`;
    },
  },
  {
    name: 'TRAINING forged: one element of the gradient',
    async run(lab) {
      // At the model's own tolerance: a verifier must challenge before there is a trace to judge.
      const jobId = await lab.submit('training', lab.models.get('training')!.model.inputs(SEED), { cheat: true });
      await lab.convicted(jobId, 'ARITHMETIC');
      return 'challenged, proven, FAULTED ARITHMETIC';
    },
  },
  {
    name: 'AVERAGING: eight updates, published as PRODUCED_BY',
    async run(lab) {
      const clients = await federation();
      const jobId = await lab.submit('averaging', [smallParameters(), ...clients.updates, int64([CLIENTS], clients.counts)], { exact: true });
      const [average] = await lab.outputs(jobId);
      const [before, after] = [await clients.loss(smallParameters()), await clients.loss(average!)];
      assert.ok(after < before, `what eight clients learned lowers the loss of all: ${before} → ${after}`);
      await lab.final(jobId);
      const files = manifestOf([{ path: 'parameters.bin', bytes: average!.data, dataRoot: dataRoot(average!.data) }]);
      const evidence = await publishProduced(lab, ArtifactKind.ARTIFACT_KIND_ADAPTER, files, jobId);
      assert.deepEqual(evidence, ['PRODUCED_BY JUDGED']);
      // Other bytes were not produced by that job, whatever the publisher says.
      const other = manifestOf([{ path: 'parameters.bin', bytes: clients.updates[0]!.data, dataRoot: dataRoot(clients.updates[0]!.data) }]);
      await assert.rejects(publishProduced(lab, ArtifactKind.ARTIFACT_KIND_ADAPTER, other, jobId), /data root/);
      return `mean loss ${before.toFixed(3)} → ${after.toFixed(3)}; the averaged parameters are an ADAPTER, ${evidence.join()}`;
    },
  },
  {
    name: 'AVERAGING forged: one update counts ten times',
    async run(lab) {
      const jobId = await lab.submit('averaging', lab.models.get('averaging')!.model.inputs(SEED), { cheat: true });
      await lab.convicted(jobId, 'ARITHMETIC');
      return 'challenged, proven, FAULTED ARITHMETIC';
    },
  },
  {
    name: 'EVALUATION: a metric on a dataset, published as REPORT',
    async run(lab) {
      const [tokens, targets] = labelledBatch(SMALL.vocabulary, SMALL_BATCH, SEED);
      const dataset = manifestOf(Object.entries({ 'tokens.bin': tokens, 'targets.bin': targets }).map(([path, t]) => ({ path, bytes: t.data, dataRoot: dataRoot(t.data) })));
      const { artifactId } = await publishManifest(lab.requester, dataset, { name: 'labelled sequences', licence: 'CC0-1.0' });
      const sources = ['', 'tokens.bin', 'targets.bin'].map((path) => (path === '' ? {} : { datasetId: artifactId, entry: entryProof(dataset, path) }));
      const jobId = await lab.submit('evaluation', [smallParameters(), tokens, targets], { exact: true, sources });
      const [metrics] = await lab.outputs(jobId);
      const [accuracy, loss] = floats(metrics!);
      await lab.final(jobId);
      const report = manifestOf([{ path: 'metrics.bin', bytes: metrics!.data, dataRoot: dataRoot(metrics!.data) }]);
      const evaluated = { role: ParentRole.PARENT_ROLE_EVALUATED_ON, artifactId, jobId: 0n, match: undefined };
      const evidence = await publishProduced(lab, ArtifactKind.ARTIFACT_KIND_REPORT, report, jobId, [evaluated]);
      assert.deepEqual(evidence, ['PRODUCED_BY JUDGED', 'EVALUATED_ON DECLARED']);
      return `accuracy ${accuracy!.toFixed(3)}, loss ${loss!.toFixed(3)} on dataset ${artifactId}: a REPORT, ${evidence.join(', ')}`;
    },
  },
  {
    name: 'EVALUATION forged: the metric inflated',
    async run(lab) {
      const jobId = await lab.submit('evaluation', lab.models.get('evaluation')!.model.inputs(SEED), { cheat: true });
      await lab.convicted(jobId, 'OUTPUT');
      return 'an accuracy of 1 is not what its own trace says: FAULTED OUTPUT';
    },
  },
];

/** Publishes a manifest of one entry as the output of a job; returns its edges with what stands behind them. */
async function publishProduced(lab: Lab, kind: ArtifactKind, manifest: Manifest, jobId: bigint, more: readonly ParentClaim[] = []): Promise<string[]> {
  const produced = { role: ParentRole.PARENT_ROLE_PRODUCED_BY, artifactId: 0n, jobId, match: entryProof(manifest, manifest.entries[0]!.path) };
  const { artifactId } = await publishManifest(lab.requester, manifest, { name: `of job ${jobId}`, licence: 'Apache-2.0', kind, parents: [produced, ...more] });
  const { artifact } = await lab.net.client.query.registry.Artifact({ id: artifactId });
  return artifact!.parents.map((e) => `${ParentRole[e.role].slice('PARENT_ROLE_'.length)} ${Evidence[e.evidence].slice('EVIDENCE_'.length)}`);
}

/** Eight clients, each with a batch of its own: a gradient step of each, how many sequences stand behind it, and the mean loss of all. */
async function federation(): Promise<{ updates: Tensor[]; counts: number[]; loss(parameters: Tensor): Promise<number> }> {
  const batches = Array.from({ length: CLIENTS }, (_, k) => labelledBatch(SMALL.vocabulary, SMALL_BATCH, SEED + k));
  const at = async (parameters: Tensor): Promise<Map<string, Tensor>[]> => {
    const engine = await loadEngine(lossAndGradient(SMALL, SMALL_BATCH));
    try {
      const results = [];
      for (const [tokens, targets] of batches) results.push(await engine.run(new Map(Object.entries({ parameters, tokens, targets }))));
      return results;
    } finally {
      await engine.release();
    }
  };
  const gradients = (await at(smallParameters())).map((r) => r.get('gradient')!);
  return {
    updates: gradients.map((g) => float32(g.dims, floats(g).map((x) => -x / 2))),
    counts: batches.map((_, k) => SMALL_BATCH.sequences * (1 + k)),
    loss: async (parameters) => (await at(parameters)).reduce((sum, r) => sum + floats(r.get('loss')!)[0]!, 0) / CLIENTS,
  };
}

/** The first token and what the model says after each, without any cache. */
async function recomputed(tokens: readonly number[]): Promise<number[]> {
  const engine = await loadEngine(fullSequence(SMALL, smallParameters(), tokens.length));
  try {
    const results = await engine.run(new Map([['tokens', int64([1, tokens.length], tokens)]]));
    const next = Array.from(new BigInt64Array(Uint8Array.from(results.get('next_tokens')!.data).buffer), Number);
    return [tokens[0]!, ...next];
  } finally {
    await engine.release();
  }
}

function integer(t: Tensor): number {
  return Number(new DataView(Uint8Array.from(t.data).buffer).getBigInt64(0, true));
}
