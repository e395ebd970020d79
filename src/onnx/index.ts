// Programs, tensors, traces: ONNX file → prepare → program record → regenerate → run, and every root that is committed.
export { OnnxError, type OnnxErrorCode } from './errors.js';
export {
  byteLength, bytesOf, DTYPE, dtypeName, elementBytes, elementCount, float32, floats, int64, sameTensor, tensorOf, type DtypeName, type Tensor,
} from './tensor.js';
export { canonicalise, checkCanonical, checkOperand, firstForbidden, firstNotCanonical } from './canonical.js';
export { fromLayout, LAYOUT, LAYOUT_NAMES, logicalIndex, toLayout, type TensorType } from './layout.js';
export { KIND, traceBytes, valueTypes, type Attribute, type Operand, type Program, type ProgramNode } from './program.js';
export { decodeHeader, decodeNode, decodeProgram, encodeHeader, encodeNode, encodeProgram } from './record.js';
export { artifactDigest, inputRoot, outputRoot, programRoot, TAGS, traceRoot, weightsRoot } from './roots.js';
export { headerProofBound, macs, MAX_PROOF_BYTES, proofBound } from './cost.js';
export { regenerate, regenerateNode, rowMajorWeights, type Regenerated } from './regenerate.js';
export { assemble, checkInputBytes, checkWeights, openProgram, prepare, type Prepared } from './model.js';
export type { PrepareOptions, PreparedParts, PrepareSummary } from './prepare/prepare.js';
export type { Calibration, Tolerance } from './prepare/calibrate.js';
export type { EngineOptions } from './engine.js';
export { Runtime, type RuntimeOptions } from './runtime.js';
export { checkInputs, inputsFromBytes, Session, type SessionOptions } from './session.js';
export { runNodes, trace, valueRoots, type TraceOptions } from './trace.js';
export { BUNDLE_KINDS, readRoots, readTensor, tensorPath, type BundleKind, type BundleRoots } from './bundle.js';
export { describeRuntime, type RuntimeDescription } from './profile.js';
