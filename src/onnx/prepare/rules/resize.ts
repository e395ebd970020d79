import { numbers } from '../../tensor.js';
import type { Context, Rule } from '../context.js';

/** half_pixel_symmetric is younger than opset 18, and a crop reads outside the tensor. */
const COORDINATES: readonly string[] = ['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel'];

/** Upsample and Resize, all opsets: scales as float32 for every axis, with which floor(extent × scale) is the output's extent. */
export const resizing: Readonly<Record<string, Rule>> = {
  Upsample: (c) => resize(c),
  Resize: (c) => resize(c),
};

function resize(c: Context): void {
  const old = c.op === 'Upsample' || c.opset < 11;
  const mode = c.text('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear') c.refuse(`mode ${mode}; the referee judges nearest and linear`);
  if (c.int('antialias', 0) !== 0) c.refuse('antialias');
  const coordinates = old ? 'asymmetric' : c.text('coordinate_transformation_mode', 'half_pixel');
  if (!COORDINATES.includes(coordinates)) c.refuse(`${coordinates}; the referee judges ${COORDINATES.join(', ')}`);
  if (old) c.note('before opset 11: asymmetric, floor');
  const nearest = mode === 'linear' ? 'round_prefer_floor' : old ? 'floor' : c.text('nearest_mode', 'round_prefer_floor');
  c.emit('Resize', [c.input(0)], [c.output], {
    coordinate_transformation_mode: { s: coordinates },
    mode: { s: mode },
    nearest_mode: { s: nearest },
    scales: { floats: scales(c, old) },
  });
}

function scales(c: Context, old: boolean): number[] {
  const stated = old ? (c.attributes['scales']?.floats ?? constantFloats(c, 1)) : constantFloats(c, 2);
  const axes = c.attributes['axes']?.ints?.map((a) => c.axis(a)) ?? c.dims.map((_, i) => i);
  if (stated.length === 0) c.note('sizes as scales');
  const kept = stated.length === 0 ? keptScale(c, axes) : undefined;
  return c.dims.map((extent, i) => {
    const to = c.outDims[i]!;
    const k = axes.indexOf(i);
    const own = stated.length > 0 ? Math.fround(stated[k] ?? 1) : (kept ?? Math.fround(to / extent));
    const scale = k < 0 ? 1 : own;
    // ONNX Runtime multiplies in float32 and floors; the chain checks the same product in integers.
    if (Math.floor(Math.fround(extent * scale)) !== to) c.refuse(`${extent} × ${scale} is not ${to}`);
    return scale;
  });
}

/** The one scale of all axes where the file keeps the aspect ratio: the least or the largest that its sizes ask for. */
function keptScale(c: Context, axes: readonly number[]): number | undefined {
  const policy = c.text('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return undefined;
  c.note(`keep_aspect_ratio_policy ${policy} as scales`);
  const ratios = constantFloats(c, 3).map((size, k) => Math.fround(size / c.dims[axes[k]!]!));
  return policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
}

function constantFloats(c: Context, k: number): readonly number[] {
  if ((c.inputs[k] ?? '') === '') return [];
  return numbers(c.constant(k) ?? c.refuse('scales are computed; they must be constant'));
}
