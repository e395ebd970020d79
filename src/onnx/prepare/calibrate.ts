import { loadEngine } from '../engine.js';
import { DTYPE, floats, type Tensor } from '../tensor.js';

/** What a requester signs by default: |y − y′| ≤ abs + rel·|y′|. Decimals with few digits, so that text carries them exactly. */
export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

/** What calibration measured on the samples. */
export interface Calibration {
  readonly tolerance: Tolerance;
  /** largest relative distance of optimised and un-optimised outputs beside a tenth of `abs` */
  readonly distance: number;
  /** largest |y′| of any output */
  readonly scale: number;
  /** smallest gap between the two largest elements along the last axis of any output; Infinity when there is none */
  readonly margin: number;
  /** one sentence when the tolerance exceeds half the margin */
  readonly warning?: string;
}

/**
 * The default output tolerance of a program (PROTOCOL §3): rel = max(1e-4, 10 × measured distance), abs = 1e-5 × output
 * scale, both rounded up to one digit. The distance is measured beside a tenth of abs, so that few samples do not hide it.
 * Quantised programs, and those whose outputs are integers, get zero.
 *
 * @param model regenerated ONNX bytes
 * @param plain un-optimised outputs for each sample
 * @param quantised no tolerance can be had, whatever is measured
 */
export async function calibrate(
  model: Uint8Array,
  samples: readonly ReadonlyMap<string, Tensor>[],
  plain: readonly ReadonlyMap<string, Tensor>[],
  quantised = false,
): Promise<Calibration> {
  let scale = 0;
  let margin = Infinity;
  for (const outputs of plain)
    for (const t of outputs.values()) {
      if (t.dtype !== DTYPE.float32) continue;
      scale = floats(t).reduce((most, y) => Math.max(most, Number.isFinite(y) ? Math.abs(y) : 0), scale);
      margin = Math.min(margin, smallestMargin(t));
    }
  if (scale === 0 || quantised) return { tolerance: { abs: 0, rel: 0 }, distance: 0, scale, margin };
  const engine = await loadEngine(model, { optimised: true });
  try {
    const abs = roundUp(1e-5 * scale);
    let distance = 0;
    for (const [i, feeds] of samples.entries()) {
      const optimised = await engine.run(feeds);
      for (const [name, t] of plain[i]!)
        if (t.dtype === DTYPE.float32) distance = Math.max(distance, relativeDistance(floats(optimised.get(name)!), floats(t), abs / 10));
    }
    // Beyond a tenth there is no honest relative tolerance: such a program is served un-optimised.
    const rel = distance < 0.1 ? roundUp(Math.max(1e-4, 10 * distance)) : 1;
    const reach = abs + rel * scale;
    const warning =
      rel === 1
        ? `optimised and un-optimised outputs differ by ${distance.toPrecision(2)} of themselves: serve this program un-optimised and sign a smaller tolerance`
        : reach > margin / 2
          ? `the default tolerance (${abs} + ${rel}·|y|) exceeds half the smallest decision margin seen (${margin.toPrecision(2)}): sign a smaller one where decisions count`
          : undefined;
    return { tolerance: { abs, rel }, distance, scale, margin, ...(warning !== undefined && { warning }) };
  } finally {
    await engine.release();
  }
}

/**
 * Least rel with which |y − y′| ≤ abs + rel·max(|y′|, 10·abs) holds everywhere: elements that are tiny beside the scale count
 * by their absolute distance. Infinity where only one of the two is a NaN or an infinity.
 */
export function relativeDistance(y: Float32Array, reference: Float32Array, abs: number): number {
  let worst = 0;
  reference.forEach((expected, i) => {
    const found = y[i]!;
    if (Object.is(found, expected)) return;
    const beyond = Math.abs(found - expected) - abs;
    if (!Number.isFinite(beyond)) worst = Infinity;
    else if (beyond > 0) worst = Math.max(worst, beyond / Math.max(Math.abs(expected), 10 * abs));
  });
  return worst;
}

function smallestMargin(t: Tensor): number {
  const width = t.dims.at(-1) ?? 1;
  if (width < 2) return Infinity;
  const y = floats(t);
  let margin = Infinity;
  for (let row = 0; row < y.length; row += width) {
    let first = -Infinity;
    let second = -Infinity;
    for (let i = row; i < row + width; i++) {
      const v = y[i]!;
      if (v > first) [first, second] = [v, first];
      else if (v > second) second = v;
    }
    if (first > second) margin = Math.min(margin, first - second); // a tie decides nothing
  }
  return margin;
}

/** Rounds a positive number up to one significant decimal digit. */
function roundUp(value: number): number {
  const exponent = Math.floor(Math.log10(value));
  const digit = Math.ceil(Number((value / 10 ** exponent).toPrecision(12)));
  return Number(`${digit}e${exponent}`);
}
