package program

// Comparisons, logic and selection.
var compareRows = []Operator{
	{Number: OpWhere, Name: "Where", Least: 3, Most: 3, check: checkWhere},
	{Number: OpEqual, Name: "Equal", Least: 2, Most: 2, check: checkEqual},
	{Number: OpGreater, Name: "Greater", Least: 2, Most: 2, check: checkComparison},
	{Number: OpLess, Name: "Less", Least: 2, Most: 2, check: checkComparison},
	{Number: OpGreaterOrEqual, Name: "GreaterOrEqual", Least: 2, Most: 2, check: checkComparison},
	{Number: OpLessOrEqual, Name: "LessOrEqual", Least: 2, Most: 2, check: checkComparison},
	{Number: OpAnd, Name: "And", Least: 2, Most: 2, check: checkLogic},
	{Number: OpOr, Name: "Or", Least: 2, Most: 2, check: checkLogic},
}

func checkWhere(n *Node) error {
	if n.dtype(0) != Bool || n.dtype(1) != n.Outputs[0].Dtype || n.dtype(2) != n.Outputs[0].Dtype {
		return wrongDtype("Where needs bool and two operands of the output's dtype")
	}
	return n.broadcast()
}

func checkEqual(n *Node) error { return n.checkTest(Float32, Int8, Uint8, Int32, Int64, Bool) }

func checkComparison(n *Node) error { return n.checkTest(Float32, Int8, Uint8, Int32, Int64) }

// checkTest: two operands of one of these dtypes give a bool.
func (n *Node) checkTest(allowed ...Dtype) error {
	ok := false
	for _, d := range allowed {
		ok = ok || d == n.dtype(0)
	}
	if !ok || n.dtype(1) != n.dtype(0) || n.Outputs[0].Dtype != Bool {
		return wrongDtype("%s of %s and %s into %s is not judged", Name(n.Op), n.dtype(0), n.dtype(1), n.Outputs[0].Dtype)
	}
	return n.broadcast()
}

func checkLogic(n *Node) error { return first(n.demandOne(Bool), n.broadcast()) }
