import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBfloat16, toFloat16, toIntegers } from './rounded-weights.js';
import { effectiveTerms } from './summation-values.js';

/** Value of a finite float16 from its bits, by definition. */
const half = (bits: number): number => {
  const [e, m] = [(bits >> 10) & 31, bits & 1023];
  return (bits & 0x8000 ? -1 : 1) * (e === 0 ? m * 2 ** -24 : (1024 + m) * 2 ** (e - 25));
};

test('float16 and bfloat16 are the nearest ones, ties to even', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const [low, high] = [half(bits), half(bits + 1)];
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? low : high;
    assert.deepEqual([...toFloat16(Float32Array.of(low, -low, middle, middle * (1 - 2 ** -20), middle * (1 + 2 ** -20)))], [low, -low, even, low, high], bits.toString(16));
  }
  const word = new DataView(new ArrayBuffer(4));
  for (let bits = 1; bits < 0x7f7f; bits += 7) {
    word.setUint32(0, bits << 16);
    const value = word.getFloat32(0);
    assert.equal(toBfloat16(Float32Array.of(value))[0], value);
    word.setUint32(0, (bits << 16) | 0x8000);
    const tie = toBfloat16(word.getFloat32(0) === 0 ? Float32Array.of(0) : Float32Array.of(word.getFloat32(0)))[0]!;
    word.setUint32(0, (bits + (bits % 2)) << 16);
    assert.equal(tie, word.getFloat32(0));
  }
});

test('integers keep the largest of their group and round the others to its grid', () => {
  // two columns; the largest of column 0 is 127, of column 1 it is 1
  const w = Float32Array.of(127, 1, 2.4, 0.5, -63.6, -1);
  assert.deepEqual([...toIntegers(w, 2, 8)], [127, 1, 2, Math.fround(Math.round(63.5) / 127), -64, -1]);
  assert.deepEqual([...toIntegers(w, 2, 4, 1)], [...w], 'a scale for each number changes none');
  assert.deepEqual([...toIntegers(new Float32Array(4), 2, 4)], [0, 0, 0, 0]);
});

test('the terms of a certified order are never more than those of any order', () => {
  for (const [k, want] of [[1, 1], [255, 255], [256, 256], [257, 257], [258, 258], [259, 258], [1000, 260], [2048, 264], [65_536, 512]] as const)
    assert.equal(effectiveTerms(k, 256), want);
});
