import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forge, type Execution, type ForgedRun, type Forgery } from '../devnet/forge.js';
import { dataRoot, rootOfRoots } from '../src/merkle/index.js';
import { createBundle, tensorPath, writeRoots, type BundleKind, type BundleRoots } from '../src/onnx/bundle.js';
import { encodeProgram, KIND, toLayout, valueTypes, type Program, type Runtime, type Tensor } from '../src/onnx/index.js';
import type { Accusation, Referee } from '../src/referee/index.js';
import { scan } from './assayd.js';
import type { Case, Court } from './court.js';

/** What trials change: a model, its honest run, and the chain that judges. */
export interface Subject {
  readonly execution: Execution;
  /** all VALUEs, row-major */
  readonly honest: readonly Tensor[];
  readonly roots: BundleRoots;
  readonly court: Court;
  readonly referee: Referee;
  readonly runtime: Runtime;
  readonly dir: string;
}

/**
 * How a trial ends before the chain hears of it. silent: no bit of any output moved. within: outputs moved, and every
 * element that the change touched lies within the bound (or the tolerance) that honest hardware is given; nobody could tell
 * it from rounding. undecided: the referee could not decide about a touched element.
 */
export type Outcome = 'silent' | 'within' | 'undecided' | Case;

/** The parts that a proof is built from: nodes to judge, or one element of an output. */
type Suspicion = { readonly nodes: readonly number[] } | { readonly slot: number; readonly element: number };

/** Forges a run and does what a verifier would: judge every element that the change touched and prove the worst. */
export async function attempt(s: Subject, forgery: Forgery): Promise<Outcome> {
  const { execution, honest, court, referee } = s;
  const forged = await forge(execution, honest, forgery, s.runtime);
  if (!forged.moved) return 'silent';
  const roots = rootsOf(s, forged);
  const committed = { outputRoots: roots.output, traceRoot: rootOfRoots(roots.value) };
  const commitments = court.commitments(committed);
  const suspicion: Suspicion = forgery.kind === 'output' ? { slot: forgery.index, element: forgery.element } : { nodes: touched(execution.program, forgery) };
  const bundle = await mkdtemp(join(s.dir, 'trial-'));
  try {
    await writeBundle(bundle, execution, forged, roots, suspicion);
    const accusation = await accuse(bundle, suspicion, commitments);
    if (typeof accusation === 'string') return accusation;
    const { proof, judgement } = await referee.prove(bundle, accusation, commitments);
    if (judgement.fault) return { proof, judgement, ...committed };
    if (forgery.kind !== 'output') throw new Error(`the scan saw a fault at node ${accusation.node}, element ${accusation.element}, that the proof does not show`);
    return 'within';
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}

/** Nodes that read a changed weight, or that made or read a changed value: the only ones whose arithmetic it can break. */
function touched(program: Program, { kind, index }: Forgery): number[] {
  const operand = kind === 'weight' ? KIND.weight : KIND.value;
  return program.nodes.flatMap((n, i) => {
    const reads = n.inputs.some((o) => o.kind === operand && o.index === index);
    const makes = kind === 'activation' && n.first <= index && index < n.first + n.outputs.length;
    return reads || makes ? [i] : [];
  });
}

async function accuse(bundle: string, suspicion: Suspicion, commitments: Parameters<Referee['prove']>[2]): Promise<Accusation | 'within' | 'undecided'> {
  // A changed output can only be wrong where it was changed, and the proof itself says whether it is.
  if ('slot' in suspicion) return { kind: 'OUTPUT', node: 0, slot: suspicion.slot, element: BigInt(suspicion.element) };
  const { faults, undecided, largestFault } = await scan(bundle, { nodes: suspicion.nodes, commitments });
  if (largestFault) return { kind: 'ARITHMETIC', ...largestFault };
  if (faults > 0) throw new Error(`the scan counts ${faults} faults and shows none`);
  return undecided > 0 ? 'undecided' : 'within';
}

/** Data roots of everything that a forged run commits to; what the forgery left alone is not hashed again. */
function rootsOf({ execution, honest, roots }: Subject, forged: ForgedRun): BundleRoots {
  const types = valueTypes(execution.program);
  return {
    ...roots,
    value: forged.values.map((t, v) => (t === honest[v] ? roots.value[v]! : dataRoot(toLayout(types[v]!, t.data)))),
    output: forged.outputs.map((t) => dataRoot(t.data)),
  };
}

/** A bundle with no more tensors than the suspicion needs. */
async function writeBundle(dir: string, { program, weights, inputs }: Execution, forged: ForgedRun, roots: BundleRoots, suspicion: Suspicion): Promise<void> {
  await createBundle(dir, encodeProgram(program));
  await writeRoots(dir, roots);
  const types = valueTypes(program);
  const put = (kind: BundleKind, index: number, data: Uint8Array): Promise<void> => writeFile(tensorPath(dir, kind, index), data);
  const value = (v: number): Promise<void> => put('value', v, toLayout(types[v]!, forged.values[v]!.data));
  if ('slot' in suspicion) {
    await put('output', suspicion.slot, forged.outputs[suspicion.slot]!.data);
    return value(program.outputs[suspicion.slot]!.index);
  }
  for (const node of suspicion.nodes.map((i) => program.nodes[i]!)) {
    for (const o of node.inputs) {
      if (o.kind === KIND.input) await put('input', o.index, inputs[o.index]!.data);
      if (o.kind === KIND.weight) await put('weight', o.index, weights[o.index]!);
      if (o.kind === KIND.value) await value(o.index);
    }
    for (const k of node.outputs.keys()) await value(node.first + k);
  }
}
