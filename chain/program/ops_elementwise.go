package program

// Arithmetic on pairs of elements, broadcast as numpy does. Integers wrap; their quotient is truncated.
var elementwiseRows = []Operator{
	{Number: OpAdd, Name: "Add", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpSub, Name: "Sub", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpMul, Name: "Mul", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpDiv, Name: "Div", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpMax, Name: "Max", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpMin, Name: "Min", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpPRelu, Name: "PRelu", Least: 2, Most: 2, check: checkPRelu},
}

func checkArithmetic(n *Node) error {
	return first(n.demandOne(Float32, Int8, Uint8, Int32, Int64), n.broadcast())
}

func checkPRelu(n *Node) error { return first(n.demandOne(Float32), n.broadcast(), n.sameShape()) }
