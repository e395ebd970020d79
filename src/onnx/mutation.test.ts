// Seeded mutations of records and ONNX files: every decoder answers with a result or an error with a code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { AssayError } from '../errors.js';
import { parseModel } from './parse.js';
import { decodeHeader, decodeNode, decodeProgram, encodeHeader, encodeNode, encodeProgram } from './record.js';
import { node, onnxFile } from './testing.js';
import { float32, int64 } from './tensor.js';

/** Whole numbers below a limit, from a seed (mulberry32). */
function draws(seed: number): (limit: number) => number {
  let a = seed;
  return (limit) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** Up to four changes: a byte, a cut, a repeated or removed piece, or a length that announces far too much. */
function mutant(bytes: Uint8Array, draw: (limit: number) => number): Uint8Array {
  let out = Uint8Array.from(bytes);
  for (let changes = 1 + draw(4); changes > 0; changes--) {
    const at = draw(out.length + 1);
    const piece = out.subarray(at, at + draw(40));
    switch (draw(5)) {
      case 0:
        if (at < out.length) out[at] = draw(256);
        break;
      case 1:
        out = out.slice(0, at);
        break;
      case 2:
        out = Uint8Array.of(...out.subarray(0, at), ...piece, ...out.subarray(at));
        break;
      case 3:
        out = Uint8Array.of(...out.subarray(0, at), ...out.subarray(at + piece.length));
        break;
      default:
        out = Uint8Array.of(...out.subarray(0, at), 0xff, 0xff, 0xff, 0xff, 0x0f, ...out.subarray(at));
    }
  }
  return out;
}

/** Decodes mutants of samples; what decodes is handed to `accepted`. At least a few must be refused and none may surprise. */
function hammer(t: TestContext, seed: number, samples: readonly Uint8Array[], rounds: number, decode: (bytes: Uint8Array) => unknown): void {
  t.diagnostic(`seed ${seed}`);
  const draw = draws(seed);
  let refused = 0;
  for (let i = 0; i < rounds; i++) {
    const bytes = mutant(samples[draw(samples.length)]!, draw);
    try {
      decode(bytes);
    } catch (e) {
      assert.ok(e instanceof AssayError, `${Buffer.from(bytes).toString('hex')}: ${e instanceof Error ? e.stack : String(e)}`);
      refused++;
    }
  }
  t.diagnostic(`${refused} of ${rounds} mutants refused`);
  assert.ok(refused > rounds / 10);
}

/** The valid records of the golden vectors, which cover every operator's attributes. */
function records(): Uint8Array[] {
  const text: unknown = JSON.parse(readFileSync(new URL('../../../test/vectors/records.json', import.meta.url), 'utf8'));
  assert.ok(typeof text === 'object' && text !== null && 'valid' in text && Array.isArray(text.valid));
  return text.valid.map((r: { record: string }) => new Uint8Array(Buffer.from(r.record, 'hex')));
}

test('mutated records are canonical or refused with a code, and headers and nodes never surprise', (t) => {
  const programs = records();
  const decoded = programs.map(decodeProgram);
  hammer(t, 1, programs, 3000, (b) => assert.deepEqual(Buffer.from(encodeProgram(decodeProgram(b))), Buffer.from(b)));
  hammer(t, 2, decoded.map(encodeHeader), 2000, decodeHeader);
  hammer(t, 3, decoded.flatMap((p) => p.nodes.map(encodeNode)), 3000, (b) => assert.deepEqual(Buffer.from(encodeNode(decodeNode(b))), Buffer.from(b)));
});

test('mutated ONNX files parse or are refused with a code', (t) => {
  const files = [
    onnxFile({ nodes: [node('Relu', 'x', 'a'), node('Add', 'a c', 'y')], inputs: { x: [2, 3] }, constants: { c: float32([3], [1, 2, 3]) }, outputs: ['y'] }),
    onnxFile({ nodes: [node('Reshape', 'x s', 'y')], inputs: { x: [2, 3] }, constants: { s: int64([2], [3, 2]) }, outputs: ['y'] }),
    onnxFile({ nodes: [node('Conv', 'x w', 'y', { strides: { ints: [1, 1] } })], inputs: { x: [1, 1, 4, 4] }, constants: { w: float32([1, 1, 2, 2], [1, 2, 3, 4]) }, outputs: ['y'] }),
  ];
  hammer(t, 4, files, 4000, (b) => parseModel(b));
});
