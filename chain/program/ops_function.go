package program

// Functions of one element: of float32, a few of integers too; Cast and Not.
var functionRows = []Operator{
	unary(OpSqrt, "Sqrt"), unary(OpReciprocal, "Reciprocal"),
	unary(OpFloor, "Floor"), unary(OpCeil, "Ceil"), unary(OpRound, "Round"), unary(OpHardSwish, "HardSwish"),
	integral(OpAbs, "Abs", Uint8), integral(OpSign, "Sign", Uint8), integral(OpNeg, "Neg"), integral(OpRelu, "Relu"),
	exponential(OpExp, "Exp"), exponential(OpLog, "Log"), exponential(OpErf, "Erf"), exponential(OpTanh, "Tanh"), exponential(OpSigmoid, "Sigmoid"),
	unary(OpHardSigmoid, "HardSigmoid", float(Alpha), float(Beta)),
	unary(OpLeakyRelu, "LeakyRelu", float(Alpha)),
	gelu(), softplus(),
	{Number: OpClip, Name: "Clip", Least: 1, Most: 1, Attributes: []AttributeSpec{float(MaxLimit), float(MinLimit)}, check: checkClip},
	{Number: OpPow, Name: "Pow", Least: 1, Most: 1, Attributes: []AttributeSpec{float(Exponent)}, check: checkPow},
	{Number: OpCast, Name: "Cast", Least: 1, Most: 1, check: checkCast, quantises: castQuantises},
	{Number: OpNot, Name: "Not", Least: 1, Most: 1, check: checkNot},
}

func unary(number uint32, name string, attributes ...AttributeSpec) Operator {
	return Operator{Number: number, Name: name, Least: 1, Most: 1, Attributes: attributes, check: checkUnary}
}

// integral is a function of float32 and of signed integers, and of those dtypes.
func integral(number uint32, name string, more ...Dtype) Operator {
	op, allowed := unary(number, name), append([]Dtype{Float32, Int8, Int32, Int64}, more...)
	op.check = func(n *Node) error { return first(n.demandOne(allowed...), n.sameShape()) }
	return op
}

// exponential is a function whose enclosure needs an exponential or a logarithm.
func exponential(number uint32, name string) Operator {
	op := unary(number, name)
	op.cost = func(n *Node) Cost {
		return Cost{Exponentials: n.outputElements(), ElementsRead: n.operandElements()}
	}
	op.work = func(*Node) Work { return Work{MACs: 1, Exponentials: 1} }
	return op
}

func gelu() Operator {
	op := exponential(OpGelu, "Gelu")
	op.Attributes = []AttributeSpec{integer(Approximate)}
	op.check = checkGelu
	op.work = func(*Node) Work { return Work{MACs: 1, Exponentials: 8} } // as long as the series of erf takes (BenchmarkElement)
	return op
}

// softplus needs an exponential and a logarithm.
func softplus() Operator {
	op := exponential(OpSoftplus, "Softplus")
	op.work = func(*Node) Work { return Work{MACs: 1, Exponentials: 2} }
	return op
}

func checkGelu(n *Node) error {
	if uint64(n.Int(Approximate)) > ApproximateTanh {
		return wrongAttribute("approximate is none or tanh")
	}
	return checkUnary(n)
}

func checkUnary(n *Node) error { return first(n.demandOne(Float32), n.sameShape()) }

func checkClip(n *Node) error {
	if Ordered(n.Float(MinLimit)) > Ordered(n.Float(MaxLimit)) {
		return wrongAttribute("min exceeds max")
	}
	return checkUnary(n)
}

// Exponents of Pow as float32 bits: 2, 3, 0.5, -1, -0.5.
const (
	PowSquare            = 0x40000000
	PowCube              = 0x40400000
	PowRoot              = 0x3f000000
	PowReciprocal        = 0xbf800000
	PowRootOfReciprocal  = 0xbf000000
	allowedPowsForPeople = "2, 3, 0.5, -1, -0.5"
)

func checkPow(n *Node) error {
	switch n.Float(Exponent) {
	case PowSquare, PowCube, PowRoot, PowReciprocal, PowRootOfReciprocal:
		return checkUnary(n)
	}
	return wrongAttribute("exponent is none of %s: write others as Log, Mul, Exp", allowedPowsForPeople)
}

func checkCast(n *Node) error {
	if n.dtype(0) == n.Outputs[0].Dtype {
		return wrongDtype("Cast to its own dtype")
	}
	return n.sameShape()
}

// castQuantises: from real numbers to 256 integers.
func castQuantises(n *Node) bool {
	switch n.dtype(0) {
	case Float32, Float16, BFloat16:
		return n.Outputs[0].Dtype == Int8 || n.Outputs[0].Dtype == Uint8
	}
	return false
}

func checkNot(n *Node) error { return first(n.demandOne(Bool), n.sameShape()) }

// Ordered maps the bits of a float32 that is no NaN to integers in the order of values; both zeros to 0.
func Ordered(x uint32) int64 {
	if x>>31 != 0 {
		return -int64(x & 0x7fffffff)
	}
	return int64(x)
}
