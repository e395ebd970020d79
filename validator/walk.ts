import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRoots } from '../src/blobs/index.js';
import type { ChainClient, Commitments } from '../src/chain/index.js';
import { FaultProof, TensorKind } from '../src/chain/generated/assay/referee/v1/proof.js';
import type { JobView } from '../src/jobs/index.js';
import { writeWhole } from '../src/jobs/index.js';
import { dataRoot, open, rootLeaf, rootOfRoots, sameHash } from '../src/merkle/index.js';
import { KIND, tensorPath, type Program } from '../src/onnx/index.js';
import { firstBeyond } from './compare.js';
import { producerOf, sizeOf, type TensorName } from './demand.js';
import { KnownTree } from './known-tree.js';
import type { Accusation, Judgement, Referee } from '../src/referee/index.js';
import { servedPath, servedValue } from './served.js';

// A worker that publishes a trace root and then serves nothing off chain can only be followed by demands. From a wrong
// output the walk goes back along the graph, one demanded tensor after the other, to the node that is wrong.

/** What a walk works on. */
export interface Walk {
  readonly chain: ChainClient;
  readonly view: JobView;
  readonly program: Program;
  /** data roots of one's own trace */
  readonly own: readonly Uint8Array[];
  /** inputs, weights and outputs are known from the chain; values are not */
  readonly roots: Omit<JobRoots, 'value'>;
  readonly bundle: string;
  readonly commitments: Commitments;
  readonly referee: Referee;
  /** puts an input, weight or output into the bundle and returns its bytes */
  readonly place: (name: TensorName) => Promise<Uint8Array>;
  /** error that asks for a tensor on chain */
  readonly missing: (name: TensorName) => Error;
}

/** The fault that the walk ends at, proven; undefined when it ends where everything agrees with one's own run. */
export async function walkBack(w: Walk): Promise<{ accusation: Accusation; proof: Uint8Array; judgement: Judgement } | undefined> {
  const tree = new KnownTree(w.program.values, w.view.job.traceRoot);
  const seen = new Set<number>();
  for (const [slot, operand] of w.program.outputs.entries()) {
    const traced = await value(w, tree, operand.index);
    const committed = await w.place({ kind: TensorKind.TENSOR_KIND_OUTPUT, index: slot });
    const beyond = firstBeyond({ ...w.program, outputs: [operand] }, [committed], [traced], w.view.job.tolerance);
    if (beyond) return accuse(w, tree, { kind: 'OUTPUT', node: 0, slot, element: BigInt(beyond.element) }, [operand.index]);
    const queue = differs(w, tree, operand.index) ? [operand.index] : [];
    for (let v = queue.pop(); v !== undefined; v = queue.pop()) {
      if (seen.has(v)) continue;
      seen.add(v);
      const index = producerOf(w.program, v);
      const node = w.program.nodes[index]!;
      const values = [...new Set(node.inputs.filter((o) => o.kind === KIND.value).map((o) => o.index))];
      const produced = node.outputs.map((_, k) => node.first + k);
      for (const each of [...values, ...produced]) await value(w, tree, each);
      for (const o of node.inputs)
        if (o.kind === KIND.input || o.kind === KIND.weight)
          await w.place({ kind: o.kind === KIND.input ? TensorKind.TENSOR_KIND_INPUT : TensorKind.TENSOR_KIND_WEIGHT, index: o.index });
      const { fault } = await w.referee.scan(w.bundle, [index], w.commitments);
      if (fault) return accuse(w, tree, fault, [...new Set([...values, ...produced])].sort((a, b) => a - b));
      // Deepest last: the walk follows the earliest operand that differs.
      queue.push(...values.filter((u) => differs(w, tree, u)).sort((a, b) => b - a));
    }
  }
  return undefined;
}

function differs(w: Walk, tree: KnownTree, v: number): boolean {
  return !sameHash(tree.leaves.get(v)!, w.own[v]!);
}

// Bytes of a VALUE into the bundle, from the chain alone.
async function value(w: Walk, tree: KnownTree, index: number): Promise<Uint8Array> {
  const name = { kind: TensorKind.TENSOR_KIND_VALUE, index };
  const path = tensorPath(w.bundle, 'value', index);
  if (tree.leaves.has(index)) return new Uint8Array(await readFile(path));
  const demands = [...w.view.demands.values()];
  const bytes = await servedValue(w.chain, demands, index, sizeOf(w.program, name));
  const hashes = bytes && (await servedPath(w.chain, demands, name));
  if (!bytes || !hashes) throw w.missing(name);
  tree.learn(index, dataRoot(bytes), hashes);
  await writeWhole(path, bytes);
  return bytes;
}

/**
 * Proves with a list of roots of which only some are known: the tool is given zeros for the others, and the hashes that
 * follow from them are replaced by the true ones. Which values the proof opens follows from its own fold.
 */
async function accuse(w: Walk, tree: KnownTree, accusation: Accusation, candidates: readonly number[]): Promise<{ accusation: Accusation; proof: Uint8Array; judgement: Judgement }> {
  const stand = Array.from({ length: tree.size }, (_, i) => tree.leaves.get(i) ?? new Uint8Array(32));
  const hex = (list: readonly Uint8Array[]): string[] => list.map((r) => Buffer.from(r).toString('hex'));
  const { input, weight, output } = w.roots;
  await writeWhole(join(w.bundle, 'roots.json'), JSON.stringify({ input: hex(input), weight: hex(weight), output: hex(output), value: hex(stand) }));
  const standRoot = rootOfRoots(stand);
  const draft = await w.referee.prove(w.bundle, accusation, { ...w.commitments, trace_root: Buffer.from(standRoot).toString('hex') });
  const proof = FaultProof.decode(draft.proof);
  const opened = subsets(candidates).find((indices) => {
    try {
      return sameHash(open(tree.size, indices, indices.map((i) => rootLeaf(stand[i]!)), proof.valueHashes), standRoot);
    } catch {
      return false;
    }
  });
  const valueHashes = opened && tree.prove(opened);
  if (!valueHashes) throw new Error(`job ${w.view.job.id}: the proof opens values that were not served`);
  const bytes = FaultProof.encode({ ...proof, valueHashes }).finish();
  const file = join(w.bundle, 'proof.bin');
  await writeWhole(file, bytes);
  return { accusation, proof: bytes, judgement: await w.referee.judge(file, w.commitments, w.bundle) };
}

/** Non-empty subsets of an ascending list, each ascending, larger ones first. A node has few values. */
function subsets(list: readonly number[]): number[][] {
  const all = list.slice(0, 16);
  return Array.from({ length: 2 ** all.length - 1 }, (_, mask) => all.filter((_, i) => (mask + 1) & (1 << i))).sort((a, b) => b.length - a.length);
}

