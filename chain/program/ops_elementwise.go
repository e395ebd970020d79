package program

// Arithmetic on pairs of elements, broadcast as numpy does. Integers wrap.
var elementwiseRows = []Operator{
	{Number: OpAdd, Name: "Add", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpSub, Name: "Sub", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpMul, Name: "Mul", Least: 2, Most: 2, check: checkArithmetic},
	{Number: OpDiv, Name: "Div", Least: 2, Most: 2, check: checkFloatPair},
	{Number: OpMax, Name: "Max", Least: 2, Most: 2, check: checkOrdered},
	{Number: OpMin, Name: "Min", Least: 2, Most: 2, check: checkOrdered},
	{Number: OpPRelu, Name: "PRelu", Least: 2, Most: 2, check: checkPRelu},
}

func checkArithmetic(n *Node) error { return first(n.demandOne(Float32, Int32, Int64), n.broadcast()) }

func checkFloatPair(n *Node) error { return first(n.demandOne(Float32), n.broadcast()) }

func checkOrdered(n *Node) error {
	return first(n.demandOne(Float32, Int8, Uint8, Int32, Int64), n.broadcast())
}

func checkPRelu(n *Node) error { return first(n.demandOne(Float32), n.broadcast(), n.sameShape()) }
