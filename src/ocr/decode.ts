import { AssayError } from '../errors.js';
import { floats, type Tensor } from '../onnx/index.js';

/** Text read from one line, and how sure the model was. */
export interface ReadText {
  readonly text: string;
  /** smallest probability among the characters that were read; 1 for an empty text */
  readonly confidence: number;
  /** smallest gap between the two likeliest classes at any position: errors below it change no character */
  readonly margin: number;
}

/**
 * The dictionary of PP-OCR's recognition: class 0 is the blank, then one character a line of the keys file, then the space.
 */
export function parseDictionary(keys: string): string[] {
  return ['', ...keys.split(/\r?\n/).filter((line) => line !== ''), ' '];
}

/**
 * Greedy CTC decoding: the likeliest class at each position, repeats merged, blanks dropped. Spaces around the line are
 * its margins, not its text, and are trimmed.
 *
 * @param output probabilities [1, positions, classes]
 * @throws AssayError OCR_SHAPE when classes and dictionary do not fit
 */
export function decodeText(output: Tensor, dictionary: readonly string[]): ReadText {
  const [, positions = 0, classes = 0] = output.dims;
  if (output.dims.length !== 3 || classes !== dictionary.length)
    throw new AssayError('OCR_SHAPE', `expected probabilities of ${dictionary.length} classes, found [${output.dims.join(',')}]`);
  const p = floats(output);
  let text = '';
  let confidence = 1;
  let margin = 1;
  let last = 0;
  for (let i = 0; i < positions; i++) {
    const { best, first, second } = topTwo(p.subarray(i * classes, (i + 1) * classes));
    margin = Math.min(margin, first - second);
    if (best !== 0 && best !== last) {
      text += dictionary[best]!;
      confidence = Math.min(confidence, first);
    }
    last = best;
  }
  return { text: text.trim(), confidence, margin };
}

/** How a line lies: upright, or upside down. */
export interface Orientation {
  readonly degrees: 0 | 180;
  readonly confidence: number;
}

/**
 * Orientation from the classifier's output [1, 2].
 *
 * @throws AssayError OCR_SHAPE
 */
export function decodeOrientation(output: Tensor): Orientation {
  const p = floats(output);
  if (p.length !== 2) throw new AssayError('OCR_SHAPE', `expected 2 probabilities, found [${output.dims.join(',')}]`);
  const { best, first } = topTwo(p);
  return { degrees: best === 0 ? 0 : 180, confidence: first };
}

/** Ties go to the lowest index, as ArgMax does. */
function topTwo(p: Float32Array): { best: number; first: number; second: number } {
  let best = 0;
  let first = -Infinity;
  let second = -Infinity;
  p.forEach((v, i) => {
    if (v > first) {
      second = first;
      first = v;
      best = i;
    } else if (v > second) second = v;
  });
  return { best, first, second };
}
