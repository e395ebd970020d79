import type { Scheme } from './cheats.js';
import { floats, KIND, type Program } from '../src/onnx/index.js';
import { AssayError } from '../src/errors.js';

// Ways to cheat in computations beyond inference (src/models): what a dishonest worker would change in each of them.

/** Says another token than the model: the first output, chosen by ArgMax. The caches stay as they are. */
export function swappedToken(vocabulary: number): Scheme {
  return ({ program }, honest) => {
    const index = program.outputs[0]!.index;
    const token = Number(new DataView(Uint8Array.from(honest[index]!.data).buffer).getBigInt64(0, true));
    return { kind: 'activation', index, element: 0, to: (token + 1) % vocabulary };
  };
}

/** Turns the largest element of the gradient round before the optimiser sees it; the step after it is honest. */
export const changedGradient: Scheme = ({ program }, honest) => {
  const index = valueOf(program, 'the gradient', (n) => n.op === 'Concat');
  const gradient = floats(honest[index]!);
  const element = gradient.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient[best]!) ? i : best), 0);
  return { kind: 'activation', index, element, factor: -1 };
};

/** Counts one client's update many times: its whole weighted vector is scaled. */
export function scaledUpdate(client: number, factor: number): Scheme {
  return ({ program }) => {
    const index = valueOf(program, `update ${client}`, (n) => n.op === 'Mul' && n.inputs.some((o) => o.kind === KIND.input && o.index === 1 + client));
    return { kind: 'activation', index, element: 0, count: program.inputs[1 + client]!.dims[0]!, factor };
  };
}

/** Reports a perfect accuracy: the first number of the first output. */
export const inflatedMetric: Scheme = () => ({ kind: 'output', index: 0, element: 0, to: 1 });

function valueOf(program: Program, what: string, is: (node: Program['nodes'][number]) => boolean): number {
  const node = program.nodes.findLast(is);
  if (node === undefined) throw new AssayError('FORGERY', `the program has no node that makes ${what}`);
  return node.first;
}
