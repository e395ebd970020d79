import assert from 'node:assert/strict';
import test from 'node:test';
import { parseModel } from '../parse.js';
import { float32, sameTensor, type Tensor } from '../tensor.js';
import { node, onnxFile } from '../testing.js';
import { evaluate } from './evaluate.js';
import { walkFile } from './walk.js';

// 200 nodes are four segments at least; every tensor is read again by the next node and by one a hundred nodes on, so that
// some are fed across segments and some die on the way.
test('a walk by segments gives every tensor the bits of the whole run, each once and in order', async () => {
  const count = 200;
  const nodes = Array.from({ length: count }, (_, i) => {
    const before = i === 0 ? 'x' : `t${i - 1}`;
    if (i % 7 === 3) return node('MatMul', `${before} w`, `t${i}`);
    return i >= 100 && i % 3 === 0 ? node('Add', `${before} t${i - 100}`, `t${i}`) : node(i % 2 ? 'Tanh' : 'Sigmoid', before, `t${i}`);
  });
  const w = float32([8, 8], Array.from({ length: 64 }, (_, i) => Math.sin(i)));
  const model = parseModel(onnxFile({ nodes, inputs: { x: [4, 8] }, constants: { w }, outputs: [`t${count - 1}`] }));
  const feeds = new Map([['x', float32([4, 8], Array.from({ length: 32 }, (_, i) => Math.cos(i)))]]);
  const whole = await evaluate(model, feeds, new Set(nodes.flatMap((n) => n.output)));
  const walked: [string, Tensor][] = [];
  await walkFile(model, feeds, (name, tensor) => walked.push([name, tensor]));
  assert.deepEqual(walked.map(([name]) => name), nodes.map((n) => n.output[0]));
  for (const [name, tensor] of walked) assert.ok(sameTensor(tensor, whole.get(name)!), name);
});
