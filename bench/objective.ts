// What an adversary wants of a model's output, and how far it is from having it.
import { attributesOf } from '../src/onnx/program.js';
import { elementCount, floats, KIND, type Program, type ProgramNode, type Tensor } from '../src/onnx/index.js';

/** The numbers that decide, and how they lie. */
export interface Decision {
  /** the VALUE that is looked at: logits where a Softmax, a Sigmoid or an ArgMax follows, whose results saturate */
  readonly value: number;
  /** elements of one decision: the largest wins; 1: the sign decides, if anything */
  readonly classes: number;
  /** false where the output is no choice but numbers in their own right: its leads are mere magnitudes */
  readonly decides: boolean;
}

/** What the largest of several numbers decides. */
const CHOICES: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'ArgMax']);
/** What may follow the numbers that decide. */
const PASSED: ReadonlySet<string> = new Set([...CHOICES, 'Sigmoid', 'Reshape', 'Relayout', 'Cast']);

/** Of which VALUE the first output of a program is a decision. */
export function decisionOf(program: Program): Decision {
  let value = program.outputs[0]!.index;
  let [several, decides] = [false, false];
  for (;;) {
    const node: ProgramNode = program.nodes.find((n) => n.first <= value && value < n.first + n.outputs.length)!;
    const from = node.inputs[0]!;
    const choice = CHOICES.has(node.op);
    const single = node.op === 'ReduceMean' && elementCount(from.type!.dims) === elementCount(node.outputs[0]!.dims);
    const classes = several ? node.outputs[value - node.first]!.dims.at(-1)! : 1;
    if (from.kind !== KIND.value || !(PASSED.has(node.op) || single)) return { value, classes, decides };
    // classes that are not the last axis would lie apart
    if (choice && ![-1, from.type!.dims.length - 1].includes(attributesOf(node).int('axis'))) return { value, classes: 1, decides: false };
    decides ||= choice || node.op === 'Sigmoid';
    several ||= choice;
    value = from.index;
  }
}

/** One decision: what wins honestly, and what comes second; for a sign the element and nothing. */
interface Row {
  readonly first: number;
  readonly second: number | undefined;
  readonly sign: 1 | -1;
}

/** The leads of honest winners over the best of the others, and their gradients. */
export class Leads {
  readonly rows: readonly Row[];

  /** @param honest the numbers that decide, in an honest run */
  constructor(
    readonly decision: Decision,
    readonly honest: Float32Array,
  ) {
    const rows: Row[] = [];
    const { classes } = decision;
    for (let from = 0; from < honest.length; from += classes) {
      if (classes === 1) {
        rows.push({ first: from, second: undefined, sign: honest[from]! < 0 ? -1 : 1 });
        continue;
      }
      const [first, second] = Array.from({ length: classes }, (_, i) => from + i).sort((i, j) => honest[j]! - honest[i]!);
      rows.push({ first: first!, second: second!, sign: 1 });
    }
    this.rows = rows;
  }

  /** How far each honest winner lies above all others in another run; negative: it lost. */
  of(numbers: Float32Array): number[] {
    const { classes } = this.decision;
    return this.rows.map(({ first, second, sign }) => {
      if (second === undefined) return sign * numbers[first]!;
      let best = -Infinity;
      for (let i = first - (first % classes), end = i + classes; i < end; i++) if (i !== first) best = Math.max(best, numbers[i]!);
      return numbers[first]! - best;
    });
  }

  /** Gradient of the sum of these rows' leads over the honest second, with respect to the numbers that decide. */
  seed(rows: readonly number[]): Float64Array {
    const d = new Float64Array(this.honest.length);
    for (const r of rows) {
      const { first, second, sign } = this.rows[r]!;
      d[first]! += sign;
      if (second !== undefined) d[second]! -= 1;
    }
    return d;
  }
}

/** Numbers of a tensor that outlive it. */
export const copyOf = (t: Tensor): Float32Array => Float32Array.from(floats(t));
