import { AssayError, type Decision } from '../errors.js';

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
  | 'REFUSED_TRIVIAL' // an output that is an input or a constant
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
  | 'RUNTIME_CLOSED'
  | 'DISK_FULL';

/** Everything that can go wrong with a model, a record, a tensor or a run. Decide by `code`, never by the message. */
export class OnnxError extends AssayError {
  override readonly name = 'OnnxError';
  declare readonly code: OnnxErrorCode;
  constructor(code: OnnxErrorCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(code, message, { ...options, decision: decisionOf(code) });
  }
}

/** A child that died or was too slow may do better next time, and somebody may make room on a disk; a check of `prepare` that fails is ours to repair. */
function decisionOf(code: OnnxErrorCode): Decision {
  if (code === 'RUNTIME_CRASHED' || code === 'RUNTIME_TIMEOUT' || code === 'RUNTIME_MEMORY' || code === 'DISK_FULL') return 'retry';
  if (code === 'PREPARE_BITS' || code === 'PREPARE_NOT_IDEMPOTENT') return 'bug';
  return code === 'DIGEST_MISMATCH' ? 'peer' : 'user';
}

/** Throws an OnnxError; `never`, so that it can stand at the end of an expression. */
export function refuse(code: OnnxErrorCode, message: string): never {
  throw new OnnxError(code, message);
}
