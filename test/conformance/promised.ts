import type { Case } from './cases.js';
import type { Unsupported } from './causes.js';

/** Operators that Assay promises to judge: those of eighteen public models, and what language models are made of. */
export const PROMISED: ReadonlySet<string> = new Set([
  'Mul', 'Add', 'Conv', 'Relu', 'Cast', 'Concat', 'Reshape', 'DynamicQuantizeLinear', 'ConvInteger', 'Slice', 'Div', 'Resize',
  'MaxPool', 'Clip', 'Identity', 'Shape', 'BatchNormalization', 'ReduceMean', 'Sigmoid', 'Unsqueeze', 'Gemm', 'Pow',
  'GlobalAveragePool', 'HardSigmoid', 'LeakyRelu', 'Max', 'Squeeze', 'Sqrt', 'Sub', 'Transpose', 'MatMul', 'Flatten', 'Gather',
  'Softmax', 'LSTM', 'Pad', 'Log', 'ConvTranspose', 'ConstantOfShape', 'ReduceMax', 'AveragePool', 'Neg', 'Where', 'Range',
  'ReduceSum', 'Greater', 'Less', 'Equal', 'Not', 'And', 'Or', 'Tanh', 'Erf', 'Gelu', 'Exp', 'Abs', 'LayerNormalization',
  'InstanceNormalization', 'Split', 'Expand', 'Tile', 'TopK', 'ArgMax', 'CumSum', 'Trilu', 'MatMulInteger', 'QLinearMatMul',
  'QLinearConv', 'QuantizeLinear', 'DequantizeLinear', 'GRU',
]);

/** Whether a case ought to be judged: every operator is promised, and what is missing is the operator itself. */
export function isOwed(c: Case, why: Unsupported): boolean {
  return why.why === 'operator' && c.operators.every((op) => PROMISED.has(op));
}
