import { DTYPE, elementCount, float32 } from '../tensor.js';
import type { Replacement } from './replacement.js';

/**
 * An AveragePool with dilations, which opset 18 does not have, as a Conv with ones, channel by channel, and a Div by how many
 * elements each window counts (ONNX AveragePool 19: inside the tensor, or inside its stated padding with count_include_pad).
 * x [N, C, …] → [N·C, 1, …] → Conv → Div → [N, C, …].
 */
export function dilatedAverage(r: Replacement): string | undefined {
  const { node, attributes } = r;
  const dilations = attributes['dilations']?.ints ?? [];
  if (node.opType !== 'AveragePool' || dilations.every((d) => d === 1)) return undefined;
  const [x = '', output = ''] = [node.input[0], node.output[0]];
  if (r.type(x).dtype !== DTYPE.float32) return undefined; // of 16-bit floats it comes back as float32
  const [batch = 0, channels = 0, ...extents] = r.type(x).dims;
  const out = r.type(output).dims.slice(2);
  const kernel = attributes['kernel_shape']?.ints ?? [];
  const strides = attributes['strides']?.ints ?? kernel.map(() => 1);
  const pads = attributes['pads']?.ints ?? Array<number>(2 * kernel.length).fill(0);
  if (!['NOTSET', 'VALID'].includes(attributes['auto_pad']?.s ?? 'NOTSET') || kernel.length !== dilations.length) return undefined; // its rule refuses it

  const include = (attributes['count_include_pad']?.i ?? 0) !== 0;
  const axes = kernel.map((taps, i) => {
    const [before, after] = [pads[i]!, pads[kernel.length + i]!];
    const missing = (out[i]! - 1) * strides[i]! + (taps - 1) * dilations[i]! + 1 - extents[i]! - before; // ceil_mode
    const [first, end] = include ? [-before, extents[i]! + after] : [0, extents[i]!];
    const counts = Array.from({ length: out[i]! }, (_, o) => {
      const at = Array.from({ length: taps }, (_, t) => o * strides[i]! - before + t * dilations[i]!);
      return at.filter((p) => p >= first && p < end).length;
    });
    return { before, after: Math.max(after, missing), counts };
  });
  const counts = axes.reduce<number[]>((all, axis) => all.flatMap((n) => axis.counts.map((m) => n * m)), [1]);
  if (counts.includes(0)) return undefined;

  const flat = r.reshape(x, [batch * channels, 1, ...extents]);
  const ones = r.constant(float32([1, 1, ...kernel], new Float32Array(elementCount(kernel)).fill(1)));
  const sum = r.add('Conv', [flat, ones], {
    dilations: { ints: dilations }, strides: { ints: strides }, group: { i: 1 },
    pads: { ints: [...axes.map((a) => a.before), ...axes.map((a) => a.after)] },
  });
  const mean = r.add('Div', [sum, r.constant(float32([1, 1, ...out], counts))]);
  r.reshape(mean, r.type(output).dims, output);
  return 'AveragePool: dilations as Conv, Div';
}
