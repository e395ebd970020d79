import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FaultKind, FaultProof, TensorKind } from '../chain/generated/assay/referee/v1/proof.js';
import { dataRoot, open, taggedLeaf } from '../merkle/index.js';
import { BUNDLE_KINDS, type BundleKind } from './bundle.js';
import { headerProofBound, macs, proofBound } from './cost.js';
import { fromLayout, toLayout } from './layout.js';
import { ATTRIBUTE_NAMES, ATTRIBUTES, arity, ENUMS, FLOATS, LISTS, OPERATORS } from './operators.js';
import { traceBytes, valueTypes } from './program.js';
import { decodeHeader, decodeNode, decodeProgram, encodeNode, encodeProgram } from './record.js';
import { programRoot, TAGS, traceRoot } from './roots.js';
import { inputsFromBytes } from './session.js';
import { floats } from './tensor.js';
import { runNodes } from './trace.js';

// Golden vectors that Go wrote (test/vectors/README.md). What Go's validator and this code derive must agree.
const vector = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../test/vectors/${name}.json`, import.meta.url), 'utf8'));
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

interface OperatorVectors {
  readonly operators: { number: number; name: string; least_operands: number; most_operands: number; attributes: string[] }[];
  readonly attributes: { number: number; name: string; type: string; enum?: string[] }[];
}

test('the closed lists are those of the chain', () => {
  const { operators, attributes } = vector('operators') as OperatorVectors;
  for (const o of operators) {
    assert.equal(OPERATORS[o.number], o.name);
    assert.deepEqual(ATTRIBUTES[o.name] ?? [], o.attributes, o.name);
    assert.deepEqual([...arity(o.name)], [o.least_operands, o.most_operands === 0 ? Infinity : o.most_operands], o.name);
  }
  assert.deepEqual(OPERATORS.filter((name) => name !== '').length, operators.length);
  for (const a of attributes) {
    assert.equal(ATTRIBUTE_NAMES[a.number], a.name);
    if (a.enum !== undefined) assert.deepEqual(ENUMS[a.name], a.enum);
    else if (a.type !== '') assert.equal(a.type, `${FLOATS.has(a.name) ? 'float' : 'int'}${LISTS.has(a.name) ? 's' : ''}`, a.name);
  }
  assert.equal(ATTRIBUTE_NAMES.length, attributes.length + 1);
});

interface RecordVectors {
  readonly valid: { name: string; record: string; root: string; summary: Record<string, number> }[];
  readonly invalid: { name: string; record: string; code: string }[];
}

/** Refusals that are the chain's alone: rules of shapes, and sizes that follow from them. */
const CHAIN_ONLY = new Set(['record_shape', 'record_operand_type', 'record_dtype', 'record_proof_size', 'record_attribute', 'record_extent']);

test('records of small graphs: bytes, roots and figures agree', () => {
  const { valid } = vector('records') as RecordVectors;
  assert.ok(valid.length >= 3);
  for (const v of valid) {
    const program = decodeProgram(bytes(v.record));
    assert.equal(hex(encodeProgram(program)), v.record, v.name);
    assert.equal(hex(programRoot(program)), v.root, v.name);
    const proofs = [headerProofBound(program), ...program.nodes.map((_, i) => proofBound(program, i))];
    const found = {
      inputs: program.inputs.length,
      weights: program.weights.length,
      values: program.values,
      nodes: program.nodes.length,
      outputs: program.outputs.length,
      macs: program.nodes.reduce((sum, n) => sum + macs(n), 0),
      trace_bytes: traceBytes(program),
      worst_proof: Math.max(...proofs),
      worst_node: proofs.indexOf(Math.max(...proofs)) - 1,
    };
    for (const [key, value] of Object.entries(found)) assert.equal(value, v.summary[key], `${v.name}: ${key}`);
  }
});

test('records that the chain refuses for their form are refused here too', () => {
  const { invalid } = vector('records') as RecordVectors;
  const seen = new Set<string>();
  for (const v of invalid) {
    seen.add(v.code);
    let refused = '';
    try {
      decodeProgram(bytes(v.record));
    } catch (e) {
      assert.ok(e instanceof Error && 'code' in e, `${v.name}: ${String(e)}`);
      refused = String(e.code);
    }
    if (!CHAIN_ONLY.has(v.code)) assert.notEqual(refused, '', `${v.name} (${v.code}) was accepted`);
    if (v.code === 'record_not_canonical') assert.match(refused, /^RECORD_/, v.name);
  }
  assert.ok(seen.size >= 10);
});

interface TensorVector {
  readonly dtype: number;
  readonly dims: number[] | null;
  readonly layout: number;
  readonly row?: string;
  readonly bytes: string;
  readonly root: string;
}

test('tensors: layouts and data roots agree', () => {
  const { tensors } = vector('tensors') as { tensors: TensorVector[] };
  assert.ok(tensors.length >= 12);
  for (const t of tensors) {
    const type = { dtype: t.dtype, dims: t.dims ?? [], layout: t.layout };
    assert.equal(hex(toLayout(type, bytes(t.row ?? ''))), t.bytes);
    assert.equal(hex(fromLayout(type, bytes(t.bytes)).data), t.row);
    assert.equal(hex(dataRoot(bytes(t.bytes))), t.root);
  }
});

interface TraceVector extends Record<BundleKind, { tensors: TensorVector[]; root: string }> {
  readonly name: string;
  readonly record: string;
  readonly program_root: string;
}

test('traces: roots agree, and what ONNX Runtime makes of the record is what Go wrote, within rounding', async () => {
  const { traces } = vector('traces') as { traces: TraceVector[] };
  assert.ok(traces.length >= 1);
  for (const t of traces) {
    const program = decodeProgram(bytes(t.record));
    assert.equal(hex(programRoot(program)), t.program_root);
    for (const kind of BUNDLE_KINDS) {
      for (const x of t[kind].tensors) assert.equal(hex(dataRoot(bytes(x.bytes))), x.root);
      assert.equal(hex(traceRoot(t[kind].tensors.map((x) => bytes(x.root)))), t[kind].root, kind);
    }
    const inputs = inputsFromBytes(program, t.input.tensors.map((x) => bytes(x.bytes)));
    const weights = t.weight.tensors.map((x) => bytes(x.bytes));
    const values = await runNodes(program, weights, inputs, new Map(), 0, program.nodes.length);
    for (const [v, type] of valueTypes(program).entries()) {
      const written = floats(fromLayout(type, bytes(t.value.tensors[v]!.bytes)));
      floats(values.get(v)!).forEach((y, i) => assert.ok(Math.abs(y - written[i]!) <= 1e-5 * (1 + Math.abs(y)), `VALUE ${v}, element ${i}`));
    }
  }
});

interface ProofVectors {
  readonly proofs: { name: string; proof: string; commitments: { program_root: string; counts: { nodes: number } } }[];
}

test('proofs: the leaf that each opens lies in the program tree where it says', () => {
  const { proofs } = vector('proofs') as ProofVectors;
  assert.ok(proofs.length >= 6);
  for (const p of proofs) {
    const proof = FaultProof.decode(bytes(p.proof));
    const ofNode = proof.kind === FaultKind.FAULT_KIND_ARITHMETIC || (proof.kind === FaultKind.FAULT_KIND_FORMAT && proof.tensor === TensorKind.TENSOR_KIND_VALUE);
    const leaf = taggedLeaf(ofNode ? TAGS.node : TAGS.program, proof.record);
    const root = open(1 + p.commitments.counts.nodes, [ofNode ? 1 + proof.node : 0], [leaf], proof.programHashes);
    assert.equal(hex(root), p.commitments.program_root, p.name);
    if (ofNode) assert.equal(hex(encodeNode(decodeNode(proof.record))), hex(proof.record), p.name);
    else assert.equal(decodeHeader(proof.record).nodes, p.commitments.counts.nodes, p.name);
    assert.equal(hex(FaultProof.encode(proof).finish()), p.proof, p.name);
  }
});
