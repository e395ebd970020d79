import type { ExecutionRow, ProgramRow } from '../../src/db/index.js';
import { builder } from '../builder.js';
import { FaultKindEnum } from '../enums.js';

/** Cap of a plain list: duties, demands and votes of one thing. */
export const LIST_LIMIT = 100;

/** Cap of lists that grow for ever, such as the jobs of one artifact; reckoned in full, because they nest. */
export const NEWEST = 50;

/** Cost of such a list. */
export const NEWEST_COST = { field: 1, multiplier: NEWEST };

/** Description of the `at` argument that every entity root takes. */
export const AT = 'As of this height; default the newest. One request speaks of one height.';

export const Node = builder.interfaceRef<object>('Node').implement({
  description: 'A thing with an id of its own.',
  // Each type gives its own; rows hold no global ids.
  fields: (t) => ({ id: t.id({ description: 'Unique among all types; give it to node.', resolve: () => '' }) }),
});

export const Tolerance = builder.objectRef<{ toleranceAbs: string | null; toleranceRel: string | null }>('Tolerance').implement({
  description: 'How far a committed output may lie from the worker’s own trace: |y - y′| <= abs + rel·|y′|.',
  fields: (t) => ({
    abs: t.string({ description: 'Absolute distance, a decimal.', resolve: (r) => r.toleranceAbs ?? '0' }),
    rel: t.string({ description: 'Relative to the trace’s element, a decimal.', resolve: (r) => r.toleranceRel ?? '0' }),
  }),
});

export const Program = builder.objectRef<ProgramRow>('Program').implement({
  description: 'What the chain keeps of a validated program record: enough to price, bound and judge it.',
  fields: (t) => ({
    root: t.exposeString('root', { description: 'Root of the program tree, hexadecimal.' }),
    inputs: t.exposeInt('inputs', { description: 'Number of input tensors.' }),
    weights: t.exposeInt('weights', { description: 'Number of weight tensors.' }),
    values: t.exposeInt('values', { description: 'Number of intermediate and output tensors: leaves of a trace.' }),
    nodes: t.exposeInt('nodes', { description: 'Number of operators.' }),
    outputs: t.exposeInt('outputs', { description: 'Number of output tensors.' }),
    macs: t.field({ type: 'BigInt', description: 'Multiply-adds of one run.', resolve: (p) => BigInt(p.macs) }),
    exponentials: t.field({ type: 'BigInt', description: 'Transcendental evaluations of one run.', resolve: (p) => BigInt(p.exponentials) }),
    elementsRead: t.field({ type: 'BigInt', description: 'Elements that all operators read.', resolve: (p) => BigInt(p.elementsRead) }),
    inputBytes: t.field({ type: 'BigInt', description: 'Bytes of all inputs.', resolve: (p) => BigInt(p.inputBytes) }),
    weightBytes: t.field({ type: 'BigInt', description: 'Bytes of all weights.', resolve: (p) => BigInt(p.weightBytes) }),
    outputBytes: t.field({ type: 'BigInt', description: 'Bytes of all outputs.', resolve: (p) => BigInt(p.outputBytes) }),
    traceBytes: t.field({ type: 'BigInt', description: 'Bytes of a whole trace.', resolve: (p) => BigInt(p.traceBytes) }),
    depth: t.exposeInt('depth', { description: 'Operators on the longest path.' }),
    worstProof: t.field({ type: 'BigInt', description: 'Bytes that bound any fault proof against it.', resolve: (p) => BigInt(p.worstProof) }),
    quantised: t.exposeBoolean('quantised', { description: 'Quantised programs have no tolerance and commit their trace at once.' }),
  }),
});

export const Execution = builder.objectRef<ExecutionRow>('Execution').implement({
  description: 'What a worker says it ran; its hash is in the commitment.',
  fields: (t) => ({
    profile: t.exposeString('profile', { description: 'Numeric contract, by name.' }),
    runtime: t.exposeString('runtime', { description: 'Runtime, for example onnxruntime-node.' }),
    version: t.exposeString('version', { description: 'Version of the runtime.' }),
    libraryHash: t.exposeString('libraryHash', { description: 'SHA-256 of the runtime’s library, hexadecimal.' }),
    instructionSet: t.exposeString('instructionSet', { description: 'Instruction set, for example x64-avx512.' }),
    threads: t.exposeInt('threads', { description: 'Threads.' }),
  }),
});

/** The referee's explanation as the tables hold it. */
export interface ExplanationRow {
  kind: string; node: number; op: string; slot: number; element: string; coordinates: readonly string[]; claimed: string; exact: string;
  bound: string; ratio: string; undecided: string; fault: boolean; terms: string; macs: string; exponentials: string; hashes: string;
}

export const Explanation = builder.objectRef<ExplanationRow>('Explanation').implement({
  description: 'What the referee says of one element. Numbers are exact decimals, or rounded outward.',
  fields: (t) => ({
    kind: t.field({ type: FaultKindEnum, description: 'What was judged.', resolve: (e) => e.kind }),
    node: t.exposeInt('node', { description: 'Index of the operator in the program.' }),
    op: t.exposeString('op', { description: 'ONNX name of the operator.' }),
    slot: t.exposeInt('slot', { description: 'Which output of the operator, or of the program for OUTPUT.' }),
    element: t.field({ type: 'BigInt', description: 'Row-major index of the element.', resolve: (e) => BigInt(e.element) }),
    coordinates: t.field({ type: ['BigInt'], description: 'The same, one index an axis.', resolve: (e) => e.coordinates.map(BigInt) }),
    claimed: t.exposeString('claimed', { description: 'What the worker committed to.' }),
    exact: t.exposeString('exact', { description: 'What the referee computed.' }),
    bound: t.exposeString('bound', { description: 'The largest distance that honest hardware can have.' }),
    ratio: t.exposeString('ratio', { description: 'How many bounds the claim is away.' }),
    undecided: t.string({ nullable: true, description: 'Why the referee could not say; null when it could.', resolve: (e) => e.undecided || null }),
    fault: t.exposeBoolean('fault', { description: 'The verdict.' }),
    terms: t.field({ type: 'BigInt', description: 'Numbers that the judgement read.', resolve: (e) => BigInt(e.terms) }),
    macs: t.field({ type: 'BigInt', description: 'Multiply-adds of the judgement.', resolve: (e) => BigInt(e.macs) }),
  }),
});

/** An explanation column as our type, null where there is none. */
export function asExplanation(value: unknown): ExplanationRow | null {
  return value === null || value === undefined ? null : (value as ExplanationRow);
}
