package referee

import (
	"math/rand"
	"testing"

	"github.com/assay-chain/assay/chain/program"
)

// differential judges one random node of every operator against an oracle in arbitrary precision: the correctly rounded
// number and the last float inside the bound are honest, the first one beyond it is a fault; where an operator is exact,
// its one result is honest and other bits are faults. What it proves passes through agree. A new operator needs one line
// here: TestEveryOperatorAgainstItsOracle says so. round counts the repetitions.
var differential = map[uint32]func(t *testing.T, rng *rand.Rand, round int){
	program.OpRelayout: movements(program.OpRelayout), program.OpReshape: movements(program.OpReshape), program.OpTranspose: movements(program.OpTranspose),
	program.OpConcat: movements(program.OpConcat), program.OpSplit: movements(program.OpSplit), program.OpSlice: movements(program.OpSlice),
	program.OpPad: movements(program.OpPad), program.OpExpand: movements(program.OpExpand), program.OpTile: movements(program.OpTile),
	program.OpResize: movements(program.OpResize),
	program.OpGather: each(oneGather), program.OpGatherElements: each(oneGatherElements), program.OpTrilu: each(oneTrilu),

	program.OpAdd: pairsOf(program.OpAdd), program.OpSub: pairsOf(program.OpSub), program.OpMul: pairsOf(program.OpMul), program.OpDiv: pairsOf(program.OpDiv),
	program.OpMax: pairsOf(program.OpMax), program.OpMin: pairsOf(program.OpMin), program.OpPRelu: pairsOf(program.OpPRelu),
	program.OpEqual: testsOf(program.OpEqual), program.OpGreater: testsOf(program.OpGreater), program.OpLess: testsOf(program.OpLess),
	program.OpGreaterOrEqual: testsOf(program.OpGreaterOrEqual), program.OpLessOrEqual: testsOf(program.OpLessOrEqual),
	program.OpAnd: testsOf(program.OpAnd), program.OpOr: testsOf(program.OpOr), program.OpNot: each(oneNot), program.OpWhere: each(oneWhere),

	program.OpSqrt: functionOf(program.OpSqrt), program.OpExp: functionOf(program.OpExp), program.OpLog: functionOf(program.OpLog),
	program.OpErf: functionOf(program.OpErf), program.OpTanh: functionOf(program.OpTanh), program.OpSigmoid: functionOf(program.OpSigmoid),
	program.OpHardSigmoid: functionOf(program.OpHardSigmoid), program.OpHardSwish: functionOf(program.OpHardSwish), program.OpRelu: functionOf(program.OpRelu),
	program.OpLeakyRelu: functionOf(program.OpLeakyRelu), program.OpClip: functionOf(program.OpClip), program.OpAbs: functionOf(program.OpAbs),
	program.OpNeg: functionOf(program.OpNeg), program.OpReciprocal: functionOf(program.OpReciprocal), program.OpFloor: functionOf(program.OpFloor),
	program.OpCeil: functionOf(program.OpCeil), program.OpRound: functionOf(program.OpRound), program.OpSign: functionOf(program.OpSign),
	program.OpPow: functionOf(program.OpPow), program.OpGelu: functionOf(program.OpGelu), program.OpSoftplus: functionOf(program.OpSoftplus),
	program.OpCast: each(oneCast),

	program.OpConv: each(oneConv), program.OpConvTranspose: each(oneConvTranspose), program.OpMatMul: each(oneMatMul), program.OpGemm: each(oneMatMul),
	program.OpMaxPool: each(onePool), program.OpAveragePool: each(onePool), program.OpGlobalAveragePool: each(onePool), program.OpGlobalMaxPool: each(onePool),
	program.OpBatchNormalization: each(oneBatchNorm), program.OpSoftmax: oneSoftmax, program.OpLogSoftmax: oneLogSoftmax,
	program.OpLayerNormalization:    func(t *testing.T, rng *rand.Rand, i int) { oneGroupNorm(t, rng, 3*i+1+i%2) },
	program.OpInstanceNormalization: func(t *testing.T, rng *rand.Rand, i int) { oneGroupNorm(t, rng, 3*i) },
	program.OpReduceSum:             each(oneReduction), program.OpReduceMean: each(oneReduction),
	program.OpReduceMax: extremesOf(program.OpReduceMax), program.OpReduceMin: extremesOf(program.OpReduceMin),
	program.OpArgMax: extremesOf(program.OpArgMax), program.OpArgMin: extremesOf(program.OpArgMin),
	program.OpCumSum: each(oneCumSum), program.OpTopK: each(oneTopK),

	program.OpConvInteger: each(oneConvInteger), program.OpMatMulInteger: each(oneMatMulInteger), program.OpDequantizeLinear: each(oneDequantizeLinear),
	program.OpQuantizeLinear: func(t *testing.T, rng *rand.Rand, _ int) { oneQuantizeLinear(t, rng) },
	program.OpQLinearConv:    func(t *testing.T, rng *rand.Rand, _ int) { oneQLinearConv(t, rng) },
	program.OpQLinearMatMul:  each(oneQLinearMatMul),
}

func each(f func(*testing.T, *rand.Rand)) func(*testing.T, *rand.Rand, int) {
	return func(t *testing.T, rng *rand.Rand, _ int) { f(t, rng) }
}

// movements are the cases of movementCases of one operator, in turn.
func movements(op uint32) func(*testing.T, *rand.Rand, int) {
	return func(t *testing.T, rng *rand.Rand, round int) {
		var own []movementCase
		for _, c := range movementCases {
			if c.op == op {
				own = append(own, c)
			}
		}
		own[round%len(own)].run(t, rng)
	}
}

// TestEveryOperatorAgainstItsOracle: every operator that can be registered has an oracle, which acquitted and convicted
// elements of it on both paths.
func TestEveryOperatorAgainstItsOracle(t *testing.T) {
	for _, op := range program.Operators() {
		t.Run(op.Name, func(t *testing.T) {
			one := differential[op.Number]
			if one == nil {
				t.Fatal("no generator and oracle: add a line to differential")
			}
			rng := seeded(t, 9000+int64(op.Number))
			delete(verdicts, op.Number)
			for round := range 6 {
				one(t, rng, round)
			}
			if v := verdicts[op.Number]; v == nil || v.honest == 0 || v.faults == 0 || v.wild == 0 {
				t.Fatalf("the oracle judged %+v elements of this operator: honest, forged and wild ones expected", v)
			}
		})
	}
}
