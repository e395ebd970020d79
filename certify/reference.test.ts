import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { FUNCTIONS } from './functions.js';
import { inverseUlp, mills, millsDepth } from './reference.js';
import { stratified } from './remainders.js';
import { hex } from './tally.js';

const path = new URL('../../test/vectors/functions.json', import.meta.url);
const SEED = 7;

/** Bits of a double. */
function hex64(x: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return hex(view.getUint32(0)) + hex(view.getUint32(4));
}

/** Inputs spread over all exponents, denser where functions bend, and the neighbours of every change of method. */
function inputs(): Uint32Array {
  const out = [...stratified(SEED, 1)];
  const seams = [2 ** -60, 2 ** -28, 0.25, 0.35, 0.5, Math.SQRT1_2, 1, Math.SQRT2, 2, 3, 4, 6, 6 * Math.SQRT2, 8.5, 10, 14, 20, 38, 88.72284, 103.9, 700];
  const bits = new Uint32Array(Float32Array.from(seams).buffer);
  for (const b of bits) for (const near of [b - 1, b, b + 1]) out.push(near, (near | 0x80000000) >>> 0);
  for (let i = 0; i < 48; i++) out.push(0x3d000000 + i * 0x00105e6b, 0xbd000000 + i * 0x00105e6b);
  return Uint32Array.from(out).filter((b) => (b & 0x7f800000) !== 0x7f800000);
}

// Go holds these against 500-bit arithmetic (chain/referee: TestCertificateReferences).
test('references are the vectors that Go has checked', () => {
  const x = inputs();
  const xs = new Float32Array(x.buffer);
  const functions = FUNCTIONS.map((f) => ({ name: f.name, f: [...xs].map((v) => hex64(f.reference(v))) }));
  const text = `${JSON.stringify({ x: [...x].map(hex), functions }, null, 1)}\n`;
  if (process.env['UPDATE_VECTORS'] !== undefined) writeFileSync(path, text);
  assert.equal(readFileSync(path, 'utf8'), text, 'a reference changed: run with UPDATE_VECTORS=1, then the Go test');
});

test("the continued fraction of Mills' ratio has converged at its depth", () => {
  for (let a = 1; a < 38; a += 1 / 256) {
    const depth = millsDepth(a);
    const [one, next] = [mills(a, depth), mills(a, depth + 1)];
    assert.ok(Math.abs(one - next) <= 2 ** -48 * one, `a = ${a}: ${one} and ${next} at depth ${depth}`);
    // A shallow one has not: the check can fail.
    if (a < 2) assert.ok(Math.abs(mills(a, 8) - mills(a, 9)) > 2 ** -48 * one);
  }
});

test('units in the last place', () => {
  const below = (x: number): number => new Float32Array(Uint32Array.of(new Uint32Array(Float32Array.of(x).buffer)[0]! - 1).buffer)[0]!;
  for (let e = -126; e <= 127; e++) {
    assert.equal(inverseUlp(2 ** e), 2 ** (23 - e));
    if (e > -126) assert.equal(inverseUlp(below(2 ** e)), 2 ** (24 - e));
  }
  assert.equal(inverseUlp(2 ** 1000), 2 ** -977);
});
