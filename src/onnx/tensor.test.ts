import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalise, checkCanonical, checkOperand, firstForbidden, firstNotCanonical } from './canonical.js';
import { fromLayout, LAYOUT, layoutMoves, memoryOrder, toLayout } from './layout.js';
import { uniform } from './prepare/samples.js';
import { bytesOf, DTYPE, float32, floats, int64, numbers, tensorOf } from './tensor.js';
import { refusesWith } from './testing.js';

const words = (...w: number[]): Uint8Array => bytesOf(Uint32Array.from(w));
const halves = (...w: number[]): Uint8Array => bytesOf(Uint16Array.from(w));

test('a tensor needs exactly the bytes of its type', async () => {
  assert.equal(tensorOf({ dtype: DTYPE.float32, dims: [2, 3] }, new Uint8Array(24)).dims.length, 2);
  assert.equal(tensorOf({ dtype: DTYPE.int64, dims: [] }, new Uint8Array(8)).dims.length, 0);
  await refusesWith('TENSOR_SIZE', () => tensorOf({ dtype: DTYPE.float32, dims: [2, 3] }, new Uint8Array(23)), /24 bytes, found 23/);
  await refusesWith('TENSOR_DTYPE', () => tensorOf({ dtype: 11, dims: [1] }, new Uint8Array(8)));
});

test('numbers and floats read what was written, also at odd addresses', async () => {
  assert.deepEqual(numbers(int64([3], [-1, 0, 2 ** 40])), [-1, 0, 2 ** 40]);
  const shifted = new Uint8Array(13).subarray(1);
  shifted.set(float32([3], [1.5, -2, 0.25]).data);
  const tensor = { dtype: DTYPE.float32, dims: [3], data: shifted };
  assert.deepEqual([...floats(tensor)], [1.5, -2, 0.25]);
  assert.deepEqual(numbers(tensor), [1.5, -2, 0.25]);
  await refusesWith('TENSOR_DTYPE', () => floats(int64([1], [1])));
});

test('one NaN is canonical in each float dtype, and bools are 0 or 1', async () => {
  assert.equal(firstNotCanonical(DTYPE.float32, words(0x7fc00000, 0x7f800000, 0xff800000, 0x80000000, 1)), -1);
  assert.equal(firstNotCanonical(DTYPE.float32, words(0, 0xffc00000)), 1, 'sign');
  assert.equal(firstNotCanonical(DTYPE.float32, words(0x7f800001)), 0, 'signalling');
  assert.equal(firstNotCanonical(DTYPE.float32, words(0x7fc00001)), 0, 'payload');
  assert.equal(firstNotCanonical(DTYPE.float16, halves(0x7e00, 0x7c00, 0xfc00)), -1);
  assert.equal(firstNotCanonical(DTYPE.float16, halves(0x7e00, 0xfe00)), 1);
  assert.equal(firstNotCanonical(DTYPE.bfloat16, halves(0x7fc0, 0x7f80, 0x7f81)), 2);
  assert.equal(firstNotCanonical(DTYPE.bool, Uint8Array.of(0, 1, 2)), 2);
  assert.equal(firstNotCanonical(DTYPE.uint8, Uint8Array.of(255)), -1);
  await refusesWith('TENSOR_NOT_CANONICAL', () => checkCanonical('input 3', DTYPE.bool, Uint8Array.of(1, 7)), /input 3: element 1/);
});

test('canonicalising changes NaNs alone', () => {
  const data = words(0xffc00001, 0x3f800000, 0x7f800000, 0x7fc00000);
  assert.deepEqual(canonicalise(DTYPE.float32, data), words(0x7fc00000, 0x3f800000, 0x7f800000, 0x7fc00000));
  assert.equal(data[0], 1, 'the original is untouched');
  assert.deepEqual(canonicalise(DTYPE.float16, halves(0xfe01, 0x3c00)), halves(0x7e00, 0x3c00));
  assert.deepEqual(canonicalise(DTYPE.bfloat16, halves(0x7fc1)), halves(0x7fc0));
  const clean = words(1, 2);
  assert.equal(canonicalise(DTYPE.float32, clean), clean, 'no copy when nothing changes');
});

test('operands hold no NaN and no infinity, but −Inf where it is allowed', async () => {
  const minus = words(0xff800000);
  assert.equal(firstForbidden(DTYPE.float32, minus, true), -1);
  assert.equal(firstForbidden(DTYPE.float32, minus, false), 0);
  assert.equal(firstForbidden(DTYPE.float32, words(0, 0x7f800000), true), 1);
  assert.equal(firstForbidden(DTYPE.float16, halves(0xfc00), true), -1);
  assert.equal(firstForbidden(DTYPE.bfloat16, halves(0x7f80), true), 0);
  assert.equal(firstForbidden(DTYPE.int32, words(0x7f800000), false), -1);
  await refusesWith('TENSOR_FORBIDDEN', () => checkOperand('weight 4', DTYPE.float32, words(0x7fc00000)), /weight 4/);
});

test('layouts permute every element to its place and back', async () => {
  const random = uniform(11);
  for (const dtype of [DTYPE.uint8, DTYPE.float16, DTYPE.float32, DTYPE.int64])
    for (const dims of [[5, 3], [2, 3, 4], [2, 70, 5, 7], [1, 33, 40], [6, 1, 5]])
      for (const layout of Object.values(LAYOUT)) {
        if (layout !== LAYOUT.row && !layoutMoves(layout, dims)) continue;
        const type = { dtype, dims, layout };
        const size = dtype === DTYPE.uint8 ? 1 : dtype === DTYPE.float16 ? 2 : dtype === DTYPE.float32 ? 4 : 8;
        const count = dims.reduce((a, b) => a * b, 1);
        const data = Uint8Array.from({ length: count * size }, () => Math.floor(random() * 256));
        const moved = toLayout(type, data);
        assert.deepEqual(fromLayout(type, moved).data, data, `${dims.join('x')} layout ${layout}`);
        // Element by element, from the definition.
        const order = memoryOrder(layout, dims.length);
        const strides = dims.map((_, i) => dims.slice(i + 1).reduce((a, b) => a * b, 1));
        for (const probe of [0, 1, Math.floor(count / 2), count - 1]) {
          let rest = probe;
          let source = 0;
          for (const axis of [...order].reverse()) {
            source += (rest % dims[axis]!) * strides[axis]!;
            rest = Math.floor(rest / dims[axis]!);
          }
          assert.deepEqual(moved.slice(probe * size, (probe + 1) * size), data.slice(source * size, (source + 1) * size));
        }
      }
  await refusesWith('TENSOR_SIZE', () => fromLayout({ dtype: DTYPE.float32, dims: [2, 2], layout: LAYOUT.swapped }, new Uint8Array(15)));
});

test('a layout that moves nothing has no name but row', () => {
  assert.equal(layoutMoves(LAYOUT.axis1Last, [1, 3, 1, 1]), false);
  assert.equal(layoutMoves(LAYOUT.axis1Last, [1, 1, 4, 4]), false);
  assert.equal(layoutMoves(LAYOUT.axis1Last, [4, 4]), false);
  assert.equal(layoutMoves(LAYOUT.swapped, [3, 1]), false);
  assert.equal(layoutMoves(LAYOUT.axis0Last, [1, 9]), false);
  assert.equal(layoutMoves(LAYOUT.swapped, [7]), false);
  assert.equal(layoutMoves(LAYOUT.axis1Last, [1, 3, 2, 1]), true);
});
