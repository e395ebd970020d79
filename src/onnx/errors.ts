/** Stable reasons, in groups; the message says what was expected, what was found and what to do. */
export type OnnxErrorCode =
  // a tensor's bytes
  | 'TENSOR_DTYPE' // a dtype outside PROTOCOL §2
  | 'TENSOR_SIZE' // bytes do not fit the type
  | 'TENSOR_NOT_CANONICAL' // bool 2, a NaN with another payload
  | 'TENSOR_FORBIDDEN' // NaN, +Inf, or −Inf where §3 does not allow it
  // a program record
  | 'RECORD_NOT_CANONICAL' // bytes that the canonical encoder would not write
  | 'RECORD_INVALID' // canonical, but not a program: unknown part, bad reference, wrong count
  // an ONNX file
  | 'ONNX_UNREADABLE'
  | 'ONNX_LIMIT'
  | 'ONNX_EXTERNAL_DATA'
  | 'ONNX_DUPLICATE' // two definitions of one name, or a shadowed one
  | 'ONNX_NAME' // a name that nothing defines
  | 'ONNX_CYCLE'
  | 'ONNX_SHAPE' // a missing or impossible shape
  // what no referee could judge
  | 'REFUSED_OPERATOR'
  | 'REFUSED_ATTRIBUTE'
  | 'REFUSED_CONTROL_FLOW'
  | 'REFUSED_DTYPE'
  | 'REFUSED_OPSET'
  | 'REFUSED_WEIGHT'
  | 'REFUSED_PROOF' // the worst proof of a node exceeds 256 KiB
  // prepare's checks of itself
  | 'PREPARE_BITS'
  | 'PREPARE_NOT_IDEMPOTENT'
  // running
  | 'INPUT_MISMATCH' // wrong number, type or size of tensors
  | 'DIGEST_MISMATCH' // bytes that are not those of the expected root
  | 'RUNTIME_FAILED' // the runtime refused the graph or a run
  | 'RUNTIME_CRASHED' // the child process died
  | 'RUNTIME_TIMEOUT'
  | 'RUNTIME_MEMORY'
  | 'RUNTIME_CLOSED';

/** Everything that can go wrong with a model, a record, a tensor or a run. Decide by `code`, never by the message. */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
  constructor(
    readonly code: OnnxErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** True when the same call may succeed later: the child died or was too slow, the bytes are not to blame for sure. */
  get retryable(): boolean {
    return this.code === 'RUNTIME_CRASHED' || this.code === 'RUNTIME_TIMEOUT' || this.code === 'RUNTIME_MEMORY';
  }
}

/** Throws an OnnxError; `never`, so that it can stand at the end of an expression. */
export function refuse(code: OnnxErrorCode, message: string): never {
  throw new OnnxError(code, message);
}
