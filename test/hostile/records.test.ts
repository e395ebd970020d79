import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { assaydPath } from '../../bench/assayd.js';
import { decodeNode, decodeProgram, encodeNode, encodeProgram, OnnxError, programRoot, type Program } from '../../src/onnx/index.js';
import { OPERATORS } from '../../src/onnx/operators.js';
import { draws, mutantBytes, type Draw } from './mutate.js';

// Two readers of one format: what the chain registers, tooling must read as the same program; what it refuses, tooling may
// only accept where the rule is the chain's alone.
const SEED = Number(process.env['SEED'] ?? 11);
const ROUNDS = Number(process.env['ROUNDS'] ?? 500);

/** Rules that TypeScript leaves to the chain: shapes and what follows from them. As in src/onnx/vectors.test.ts. */
const CHAIN_ONLY: ReadonlySet<string> = new Set(['record_shape', 'record_operand_type', 'record_dtype', 'record_proof_size', 'record_attribute', 'record_extent']);

const NUMBERS = [0, 1, 2, 3, 4, 5, 7, 8, 255, 256, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 53 - 1];
const REALS = [0, -0, 1, -1, 0.5, NaN, Infinity, -Infinity, 3.4e38, 1e-45];

const dir = mkdtempSync(join(tmpdir(), 'assay-records-'));
after(() => rmSync(dir, { recursive: true }));

function samples(): Uint8Array[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../test/vectors/${name}.json`, import.meta.url), 'utf8'));
  const list = (value: unknown): { record: string }[] => (Array.isArray(value) ? (value as { record: string }[]) : []);
  const of = (name: string, key: string): { record: string }[] => list(Object(read(name))[key]);
  const all = [...of('records', 'valid'), ...of('prepared', 'records'), ...of('prepared-indexing', 'records'), ...of('parts', 'records')];
  return all.map((r) => new Uint8Array(Buffer.from(r.record, 'hex'))).filter((b) => b.length < 4000);
}

/** One or two numbers, lists, or operators of a program changed; undefined where that has no encoding. */
function mutantProgram(record: Uint8Array, draw: Draw): Uint8Array | undefined {
  const program = structuredClone(decodeProgram(record)) as { -readonly [K in keyof Program]: Program[K] };
  for (let changes = 1 + draw(2); changes > 0; changes--) {
    const places: { holder: Record<string, unknown>; key: string }[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const holder = value as Record<string, unknown>;
      for (const key of Object.keys(holder)) {
        places.push({ holder, key });
        walk(holder[key]);
      }
    };
    walk(program);
    const { holder, key } = places[draw(places.length)]!;
    const value = holder[key];
    if (typeof value === 'number') holder[key] = Number.isInteger(value) && draw(8) > 0 ? NUMBERS[draw(NUMBERS.length)] : REALS[draw(REALS.length)];
    else if (key === 'op') holder[key] = OPERATORS[1 + draw(OPERATORS.length - 1)];
    else if (Array.isArray(value) && value.length > 0) value.splice(draw(value.length), draw(2), structuredClone(value[draw(value.length)]));
  }
  try {
    return encodeProgram(program);
  } catch {
    return undefined;
  }
}

interface Verdict {
  readonly file: string;
  readonly error?: string;
  readonly result?: { readonly root: string; readonly counts: Readonly<Record<string, number>> };
}

function inspect(files: readonly string[]): Verdict[] {
  const { stdout } = spawnSync(assaydPath(), ['program', 'inspect', ...files], { encoding: 'utf8', maxBuffer: 64 << 20 });
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as Verdict);
}

test('mutated records: Go and TypeScript accept and refuse the same, and read the same program', (t) => {
  t.diagnostic(`seed ${SEED}, ${ROUNDS} mutants`);
  const draw = draws(SEED);
  const originals = samples();
  const mutants: Uint8Array[] = [];
  while (mutants.length < ROUNDS) {
    const original = originals[draw(originals.length)]!;
    const bytes = draw(3) === 0 ? mutantBytes(original, draw) : mutantProgram(original, draw);
    if (bytes) mutants.push(bytes);
  }
  const files = mutants.map((bytes, i) => {
    const file = join(dir, `${i}.bin`);
    writeFileSync(file, bytes);
    return file;
  });
  const verdicts = inspect(files);
  assert.equal(verdicts.length, ROUNDS);
  const counts = { bothAccept: 0, bothRefuse: 0, chainOnly: 0 };
  for (const [i, go] of verdicts.entries()) {
    const told = `mutant ${i} ${Buffer.from(mutants[i]!).toString('hex')}: Go says ${go.error ?? 'valid'}`;
    let program: Program | undefined;
    let refusal: string | undefined;
    try {
      program = decodeProgram(mutants[i]!);
    } catch (error) {
      assert.ok(error instanceof OnnxError, `${told}; TypeScript threw ${String(error)}`);
      refusal = error.message;
    }
    if (go.result) {
      assert.ok(program, `${told}; TypeScript refuses: ${refusal}`);
      assert.equal(Buffer.from(programRoot(program)).toString('hex'), go.result.root, told);
      const { inputs, weights, values, nodes, outputs } = program;
      assert.deepEqual({ ...go.result.counts }, { inputs: inputs.length, weights: weights.length, values, nodes: nodes.length, outputs: outputs.length }, told);
      counts.bothAccept++;
    } else if (program) {
      const code = /\brecord_\w+/.exec(go.error ?? '')?.[0] ?? '';
      assert.ok(CHAIN_ONLY.has(code), `${told}; TypeScript accepts`);
      counts.chainOnly++;
    } else counts.bothRefuse++;
  }
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.bothAccept > ROUNDS / 50 && counts.bothRefuse > ROUNDS / 4 && counts.chainOnly > 0, JSON.stringify(counts));
});

test('a NaN attribute: a leaf that would not be written back is refused, and no program has one', () => {
  const clip = samples().map((b) => decodeProgram(b)).find((p) => p.nodes.some((n) => n.op === 'LeakyRelu' || n.op === 'HardSigmoid' || n.op === 'Clip'));
  assert.ok(clip);
  const at = clip.nodes.findIndex((n) => n.attributes.some((a) => a.floats));
  const node = clip.nodes[at]!;
  const broken = { ...node, attributes: node.attributes.map((a, i) => (i === 0 ? { ...a, floats: [NaN] } : a)) };
  const leaf = encodeNode(broken);
  assert.deepEqual(encodeNode(decodeNode(leaf)), leaf);
  const bits = Buffer.from(leaf).indexOf(Buffer.from('0000c07f', 'hex'));
  assert.ok(bits > 0);
  const other = Uint8Array.from(leaf);
  other[bits] = 1;
  assert.throws(() => decodeNode(other), /payload/);
  const whole = join(dir, 'nan.bin');
  writeFileSync(whole, encodeProgram({ ...clip, nodes: clip.nodes.with(at, broken) }));
  assert.throws(() => decodeProgram(new Uint8Array(readFileSync(whole))), /NaN/);
  assert.match(inspect([whole, whole])[0]!.error ?? '', /record_/);
});

test('what earlier runs found is refused by both', () => {
  const found = ['0a1a08011206080112020228220a08031a0608011202022828013001121608011a0a08011a060801120202282a06080112020228']; // a Relayout to its own layout
  const files = found.map((text, i) => {
    const file = join(dir, `found-${i}.bin`);
    writeFileSync(file, Buffer.from(text, 'hex'));
    return file;
  });
  const verdicts = inspect([...files, ...files]); // one file alone is printed otherwise
  for (const [i, text] of found.entries()) {
    assert.match(verdicts[i]!.error ?? '', /record_/);
    assert.throws(() => decodeProgram(new Uint8Array(Buffer.from(text, 'hex'))), OnnxError);
  }
});
