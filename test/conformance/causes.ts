import { OnnxError, type OnnxErrorCode } from '../../src/onnx/index.js';

/** Why a case is not judged: a closed list. */
export const CAUSES = {
  dtype: 'a type outside float32, float16, bfloat16, int8, uint8, int32, int64, bool',
  'not a tensor': 'a sequence, an optional, a map or a sparse tensor',
  string: 'strings',
  training: 'training mode, optimizers, losses with a gradient, local functions of training',
  random: 'an operator of chance',
  'control flow': 'Loop, Scan, or If on computed values',
  'dynamic shape': 'extents that depend on values',
  domain: 'an operator of another domain',
  opset: 'opset below 7',
  empty: 'a tensor without elements',
  'forbidden number': 'NaN or an infinity in an input or a weight',
  mode: 'a mode of a judged operator that the protocol refuses',
  operator: 'an operator that no referee judges',
  proof: 'a proof above 256 KiB',
  runtime: 'ONNX Runtime itself refuses the model, crashes on it, or gives other results than expected',
} as const;

export type Cause = keyof typeof CAUSES;

/** Why a case cannot be judged, and what said so. */
export class Unsupported extends Error {
  constructor(
    readonly why: Cause,
    readonly detail: string,
  ) {
    super(`${why}: ${detail}`);
  }
}

const OF_CODE: Partial<Record<OnnxErrorCode, Cause>> = {
  TENSOR_DTYPE: 'dtype',
  REFUSED_DTYPE: 'dtype',
  REFUSED_OPSET: 'opset',
  REFUSED_CONTROL_FLOW: 'control flow',
  REFUSED_OPERATOR: 'operator',
  REFUSED_ATTRIBUTE: 'mode',
  REFUSED_WEIGHT: 'forbidden number',
  TENSOR_FORBIDDEN: 'forbidden number',
  REFUSED_PROOF: 'proof',
  ONNX_SHAPE: 'empty',
  RUNTIME_FAILED: 'runtime',
  RUNTIME_CRASHED: 'runtime',
};

/** The cause behind a refusal of `prepare` or of the runtime; undefined for what is no refusal but a fault of ours. */
export function causeOf(error: unknown): Unsupported | undefined {
  if (error instanceof Unsupported) return error;
  const why = error instanceof OnnxError ? OF_CODE[error.code] : undefined;
  return why === undefined ? undefined : new Unsupported(why, error instanceof Error ? error.message : '');
}

const OF_OPERATOR: readonly [Cause, RegExp][] = [
  ['control flow', /^(If|Loop|Scan)$/],
  ['not a tensor', /^(Sequence|Optional|SplitToSequence|ConcatFromSequence)/],
  ['string', /^(String|RegexFullMatch|TfIdfVectorizer)/],
  ['random', /^(Random|Multinomial|Bernoulli)/],
  ['dynamic shape', /^(NonZero|NonMaxSuppression|Unique|Compress)$/],
  ['training', /^(Adam|Adagrad|Momentum|Gradient)$/],
];

/** The cause that an operator's name alone says; undefined for operators that could be judged. */
export function causeOfOperator(op: string): Cause | undefined {
  return OF_OPERATOR.find(([, pattern]) => pattern.test(op))?.[0];
}
