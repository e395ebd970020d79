import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prove, rootLeaf, rootOfRoots } from '../src/merkle/index.js';
import { PartialTree } from './partial-tree.js';

const roots = (n: number) => Array.from({ length: n }, (_, i) => new Uint8Array(32).fill(i + 1));
const members = (n: number, mask: number) => Array.from({ length: n }, (_, i) => i).filter((i) => mask & (1 << i));

test('leaves that were opened apart can be opened together, and any part of them', () => {
  for (const n of [1, 2, 3, 5, 7, 8]) {
    const list = roots(n);
    const leafAt = (i: number) => rootLeaf(list[i]!);
    for (let a = 1; a < 1 << n; a += n > 5 ? 5 : 1)
      for (let b = 0; b < 1 << n; b += n > 5 ? 7 : 1) {
        const tree = new PartialTree(n, rootOfRoots(list));
        for (const mask of [a, b]) if (mask > 0) tree.learn(members(n, mask), members(n, mask).map(leafAt), prove(n, members(n, mask), leafAt));
        for (const mask of [a | b, a & b, a, b & ~a]) {
          const indices = members(n, mask);
          if (indices.length > 0) assert.deepEqual(tree.prove(indices), prove(n, indices, leafAt), `${n}: ${a} and ${b}, ${mask}`);
        }
      }
  }
});

test('what was not opened cannot be, and leaves of another tree are not learnt', () => {
  const list = roots(5);
  const leafAt = (i: number) => rootLeaf(list[i]!);
  const tree = new PartialTree(5, rootOfRoots(list));
  tree.learn([1], [leafAt(1)], prove(5, [1], leafAt));
  assert.ok(tree.has(1) && !tree.has(0));
  assert.equal(tree.prove([0]), undefined);
  assert.equal(tree.prove([1, 4]), undefined);
  assert.throws(() => tree.learn([0], [leafAt(2)], prove(5, [0], leafAt)), /not in the tree/);
  assert.throws(() => tree.learn([0], [leafAt(0)], []), /hashes/);
  assert.ok(!tree.has(0));
});
