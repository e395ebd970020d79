import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadEngine } from '../engine.js';
import { parseModel } from '../parse.js';
import { serialise } from '../proto.js';
import { DTYPE, float32, sameTensor } from '../tensor.js';
import { node, onnxFile } from '../testing.js';
import { Rewrites } from './graph.js';
import { rewriteNumbers } from './numeric.js';
import { uniform } from './samples.js';

const seed = 7;
const random = uniform(seed);
const SHAPES = [[1], [], [7], [3, 5], [2, 3, 37, 41], [1, 4, 128, 96]];
const DRAWS: Readonly<Record<string, () => number>> = {
  mixed: () => 6 * random() - 2,
  positive: () => 0.1 + random(),
  negative: () => -0.1 - random(),
  zero: () => 0,
  constant: () => -2.5,
  'wide range': () => (random() - 0.5) * 10 ** (40 * random() - 20),
  'huge, finite range': () => (random() - 0.5) * 3e38,
  'subnormal range': () => (random() - 0.5) * 1e-40,
  ties: () => Math.floor(511 * random()) / 2 - 127.5,
};

test(`a decomposed DynamicQuantizeLinear has the bits of the kernel (seed ${seed})`, async () => {
  for (const dims of SHAPES) {
    const file = onnxFile({ nodes: [node('DynamicQuantizeLinear', 'x', 'q s z')], inputs: { x: dims }, outputs: ['q', 's', 'z'] });
    const model = parseModel(file);
    assert.ok(rewriteNumbers(model, new Map([['x', { dtype: DTYPE.float32, dims }]]), 18, 0, new Rewrites()));
    for (const backend of ['ort-node', 'ort-wasm'] as const) {
      const kernel = await loadEngine(file, { backend });
      const decomposed = await loadEngine(serialise(model), { backend });
      for (const [name, draw] of Object.entries(DRAWS)) {
        const x = float32(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, draw));
        const expected = await kernel.run(new Map([['x', x]]));
        const found = await decomposed.run(new Map([['x', x]]));
        for (const output of ['q', 's', 'z']) {
          const [a, b] = [expected.get(output)!, found.get(output)!];
          assert.ok(sameTensor(a, b), `${output} of [${dims.join(',')}], ${name}, ${backend}: ${String(a.data.slice(0, 8))} and ${String(b.data.slice(0, 8))}`);
        }
      }
      await kernel.release();
      await decomposed.release();
    }
  }
});
