import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prove, rootLeaf, rootOfRoots } from '../src/merkle/index.js';
import { KnownTree } from './known-tree.js';

const roots = (n: number) => Array.from({ length: n }, (_, i) => new Uint8Array(32).fill(i + 1));

test('leaves that were opened one by one can be opened together', () => {
  for (const n of [1, 2, 3, 7, 8, 13]) {
    const list = roots(n);
    const leafAt = (i: number) => rootLeaf(list[i]!);
    for (let mask = 1; mask < 1 << n; mask += n > 8 ? 37 : 1) {
      const indices = list.flatMap((_, i) => (mask & (1 << i) ? [i] : []));
      const tree = new KnownTree(n, rootOfRoots(list));
      for (const i of indices) tree.learn(i, list[i]!, prove(n, [i], leafAt));
      assert.deepEqual(tree.prove(indices), prove(n, indices, leafAt), `${n}: ${indices.join()}`);
    }
  }
});

test('what was not opened cannot be, and a leaf of another tree is not learnt', () => {
  const list = roots(5);
  const leafAt = (i: number) => rootLeaf(list[i]!);
  const tree = new KnownTree(5, rootOfRoots(list));
  tree.learn(1, list[1]!, prove(5, [1], leafAt));
  assert.equal(tree.prove([0]), undefined);
  assert.equal(tree.prove([1, 4]), undefined);
  assert.throws(() => tree.learn(0, list[2]!, prove(5, [0], leafAt)), /not in the tree/);
  assert.throws(() => tree.learn(0, list[0]!, []), /hashes/);
});
