import { MAX_PROOF_BYTES } from '../../cost.js';
import type { AttributeValue } from '../../proto.js';
import { secondFactor } from '../../operators.js';
import { elementCount } from '../../tensor.js';
import type { Context, Rule } from '../context.js';
import { zeroPoints } from './quantised.js';

interface Window {
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly strides: readonly number[];
}

/** Convolutions and pools: auto_pad becomes pads, defaults are materialised, kernel_shape of Conv is the filter's. */
export const windows: Readonly<Record<string, Rule>> = {
  Conv: (c) => convolution(c, c.inputs),
  ConvInteger: (c) => convolution(c, zeroPoints(c)),
  QLinearConv: (c) => convolution(c, c.inputs),
  ConvTranspose(c) {
    const kernel = c.type(c.input(1)).dims.slice(2);
    const w = window(c, kernel, autoPadOfTranspose(c));
    const n = kernel.length;
    const extra = kernel.map((k, i) => {
      const full = (c.dims[2 + i]! - 1) * w.strides[i]! + (k - 1) * w.dilations[i]! + 1;
      return c.outDims[2 + i]! - (full - w.pads[i]! - w.pads[n + i]!);
    });
    if (extra.some((v, i) => v < 0 || v >= Math.max(w.strides[i]!, w.dilations[i]!))) c.refuse('its output size needs padding that ONNX does not allow');
    c.emit('ConvTranspose', c.inputs, [c.output], { ...spell(w), group: { i: c.int('group', 1) }, output_padding: { ints: extra } });
  },
  MaxPool: (c) => pool(c, {}),
  AveragePool: (c) => pool(c, { count_include_pad: { i: c.int('count_include_pad', 0) } }),
  GlobalAveragePool: (c) => c.emit(c.op, c.inputs, [c.output]),
  GlobalMaxPool: (c) => c.emit(c.op, c.inputs, [c.output]),
};

function convolution(c: Context, inputs: readonly string[]): void {
  const kernel = c.type(c.input(secondFactor(c.op))).dims.slice(2);
  if (c.attributes['kernel_shape'] !== undefined) c.note('kernel_shape dropped');
  const w = window(c, kernel, c.text('auto_pad', 'NOTSET'));
  c.emit(c.op, inputs, [c.output], { ...spell(w), group: { i: c.int('group', 1) } });
}

function pool(c: Context, more: Record<string, AttributeValue>): void {
  if (c.reads(1)) c.refuse('its indices are read');
  const kernel = c.attributes['kernel_shape']?.ints ?? c.refuse('kernel_shape is missing');
  // nearly all of it may be padding, of which a proof opens nothing: the chain bounds the window itself
  if (elementCount(kernel) > MAX_PROOF_BYTES) c.refuse(`a window of ${elementCount(kernel)} places, at most ${MAX_PROOF_BYTES} are judged`);
  const floor = window(c, kernel, c.text('auto_pad', 'NOTSET'));
  const w = c.int('ceil_mode', 0) === 0 ? floor : ceiled(c, kernel, floor);
  c.emit(c.op, c.inputs, [c.output], { ...spell(w), kernel_shape: { ints: kernel }, ...more });
}

/** ceil_mode as padding at the end, which pools that do not count padding never notice. */
function ceiled(c: Context, kernel: readonly number[], w: Window): Window {
  const pads = [...w.pads];
  kernel.forEach((k, i) => {
    const end = kernel.length + i;
    const reach = (k - 1) * w.dilations[i]! + 1;
    const missing = (c.outDims[2 + i]! - 1) * w.strides[i]! + reach - c.dims[2 + i]! - pads[i]!;
    if (missing <= pads[end]!) return;
    if (c.int('count_include_pad', 0) !== 0) c.refuse('ceil_mode with count_include_pad: its last windows are cut');
    if (missing >= reach) c.refuse('ceil_mode: a window would hold padding only');
    c.note('ceil_mode as pads');
    pads[end] = missing;
  });
  return { ...w, pads };
}

function spell(w: Window): Record<string, AttributeValue> {
  return { dilations: { ints: w.dilations }, pads: { ints: w.pads }, strides: { ints: w.strides } };
}

function window(c: Context, kernel: readonly number[], autoPad: string): Window {
  const n = kernel.length;
  const strides = c.attributes['strides']?.ints ?? kernel.map(() => 1);
  const dilations = c.attributes['dilations']?.ints ?? kernel.map(() => 1);
  if (autoPad === 'NOTSET') return { strides, dilations, pads: c.attributes['pads']?.ints ?? Array<number>(2 * n).fill(0) };
  const pads = Array<number>(2 * n).fill(0);
  if (autoPad === 'VALID') return { strides, dilations, pads };
  c.note(`auto_pad ${autoPad} as pads`);
  kernel.forEach((k, i) => {
    const reach = (k - 1) * dilations[i]! + 1;
    const from = c.dims[2 + i]!;
    const to = c.outDims[2 + i]!;
    const total =
      c.op === 'ConvTranspose'
        ? (from - 1) * strides[i]! + reach + (c.attributes['output_padding']?.ints?.[i] ?? 0) - to
        : (to - 1) * strides[i]! + reach - from;
    const small = Math.floor(Math.max(0, total) / 2);
    const big = Math.max(0, total) - small;
    pads[i] = autoPad === 'SAME_UPPER' ? small : big;
    pads[n + i] = autoPad === 'SAME_UPPER' ? big : small;
  });
  return { strides, dilations, pads };
}

/** ONNX: output_shape implies SAME padding; without auto_pad the larger half comes first. */
function autoPadOfTranspose(c: Context): string {
  const stated = c.text('auto_pad', 'NOTSET');
  if (c.attributes['output_shape'] === undefined) return stated;
  c.note('output_shape as pads');
  return stated === 'NOTSET' ? 'SAME_LOWER' : stated;
}
