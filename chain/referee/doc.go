// Package referee judges fault proofs exactly: pure Go, integers only, the standard library alone.
//
// One judgement recomputes one output element of one operator on the worker's own committed operands and asks whether the
// committed float lies within the operator's rigorous IEEE-754 error bound (PROTOCOL.md, section 7). An element is a fault
// iff |y - ref| > bound, strictly. Floats are decoded to sign, mantissa and exponent; sums live in wide fixed point;
// transcendental functions are integer enclosures; wherever an enclosure leaves something open, the worker is acquitted.
//
// The chain calls Judge in a message; sidecars, challengers and auditors call the same code offline (chain/audit).
//
// # How a proof is read
//
// Judge decodes a proof (DecodeProof), opens one record of the program tree, derives from it and from node, slot and element
// which chunks of which tensors the judgement reads (program.Node.Reads), and verifies the openings of exactly these. Then
// the operator's judge reads its operands. A judge that reads elsewhere ends in CodeInternal, which convicts nobody.
//
// # Bounds
//
// u = 2^-24, γ_n = n·u/(1 - n·u), η = 2^-126 unless the profile certifies gradual underflow.
//
//	Add Sub Mul Div                         u·|ref| + η
//	Sqrt Reciprocal Pow                     8u·|ref| + η (Constants.Roots)
//	Exp Log Erf Tanh Sigmoid                ρ·ulp(f) + α + 2^-126 (Constants; certified in docs/certificates.md)
//	Conv ConvTranspose MatMul Gemm          γ_n·(Σ|x·w| + |b|) + (n+1)·η, n = full static kernel + 1 for a bias
//	  MatMul Gemm by a WEIGHT of rank 2     γ_d instead, if Constants.WeightBlock certifies a block: d = min(n, min(k, block) + ⌈k/block⌉ + 1 for a bias)
//	ReduceSum                               γ_n·Σ|x| + (n+1)·η
//	CumSum                                  γ_(k-1)·Σ|x| + k·η over the k elements that are summed
//	Resize, linear, d axes scaled           Σε·(max-min) + γ_8d·max|x| + 32η over the elements that may be read, ε = 8u(|q|+1)
//	                                        of a coordinate q that float32 does not compute exactly (judge_interpolation.go)
//	ReduceMean AveragePool GlobalAveragePool  γ_(n+1)·Σ|x|/d + (n+2)·η, n = full static window, d the divisor
//	HardSigmoid                             γ_2·(|αx| + |β|) + 3η
//	HardSwish                               γ_5·|x|·(|x|+3)/6 + 4η, less where the clip is certain
//	BatchNormalization                      γ_6·((|x|+|μ|)·|k| + |b|) + (|x|+|μ|+4)·η
//	Softmax                                 p·r/(1-r) + 2^-126, r the sum of all relative errors
//	LogSoftmax                              e + u·(|ref|+e) + 3η, e = u·|x-m| + r/(1-r) + Log
//	LayerNormalization InstanceNormalization  judge_groupnorm.go: one- and two-pass variances, any order, either affine map
//	Gelu                                    |x|/2·(e + γ_3·(1+s+e)) + 6η, e = γ_q/2 + 2·Erf or 2·Tanh, q = 2 or 8
//	Softplus                                e + u·(ref+e) + 3η, e = r/(1-r) + 2·Log, r = 2·Exp + u
//	ConvInteger MatMulInteger               exact modulo 2^32
//	QuantizeLinear                          1/2 + γ_2·|q| + η around q + zero point, q = x/scale; saturated beyond the limits
//	QLinearConv QLinearMatMul               1/2 + γ_5·|q| + 2η·(|sum|·(1 + 1/|ys|) + 1), q = sum·xs·ws/ys, sum modulo 2^32
//	DequantizeLinear                        u·|ref| + η; γ_2·|ref| + η of int32
//	the rest, and integers                  exact; integers wrap, a division by zero is a fault
//
// # Where kernels differ, the wider reading is taken
//
//   - Both zeros are equal everywhere but in data movement. Where is a selection, not movement: ONNX Runtime loses the sign
//     of a selected zero.
//   - Infinities and NaN are excused wherever a magnitude on the way may reach the largest float32; beside an infinite
//     operand of a contraction NaN is acquitted too (a partial sum may have overflowed the other way).
//   - NaN into Max, Min, Relu, Clip, MaxPool, ReduceMax, ReduceMin, ArgMax, ArgMin: NaN, any operand or limit, any index.
//     A maximum pool may also leave its start value, the lowest float32.
//   - Squares of a normalised group that may overflow make its deviation infinite: the bias, or no number, is acquitted.
//   - NaN into Exp, Tanh, Erf, Sigmoid, Softplus, Softmax, LogSoftmax, whose kernels clamp: any number of the range is undecided (NaNCompared).
//   - Padding times an infinite filter may be NaN.
//   - NaN into TopK: NaN, any element, any index. TopK and ArgMax take both zeros as equal: ties by the lower index.
//   - A linear Resize beside an infinity: NaN, the infinity, and, unless its weight is certain, what lies between the rest.
//   - A nearest Resize may copy either neighbour where float32 cannot tell which is nearer; never for powers of two.
//   - NaN into QuantizeLinear, or scales that are no numbers, zero or overflow in QLinearConv and QLinearMatMul: the least number
//     (x64, ARM), zero (WASM), the zero point, or the greatest. An infinite quotient of QuantizeLinear saturates by its sign.
//   - Conversions to integers out of range: least, greatest, zero, all ones of narrow ones, or the value modulo 2^width.
//   - BatchNormalization counts its square root as one rounding, as PROTOCOL.md does: a profile whose runtime takes
//     an approximate one is not certified by these constants.
//   - Integers to float16 and bfloat16 may round twice, through float32.
//
// A chunk whose content is malformed is a FORMAT fault of whoever committed it. An element that such a chunk feeds (a bool of
// 2) is not judged.
package referee
