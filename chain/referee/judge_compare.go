package referee

import "github.com/assay-chain/assay/chain/program"

// Comparisons and logic give 0 or 1 exactly; a comparison with NaN is false. Where selects.
var compareJudges = []row{
	{program.OpEqual, tests(func(c int) bool { return c == 0 })},
	{program.OpGreater, tests(func(c int) bool { return c > 0 && c != unordered })},
	{program.OpLess, tests(func(c int) bool { return c < 0 })},
	{program.OpGreaterOrEqual, tests(func(c int) bool { return c >= 0 && c != unordered })},
	{program.OpLessOrEqual, tests(func(c int) bool { return c <= 0 })},
	{program.OpAnd, logic(func(a, b bool) bool { return a && b })},
	{program.OpOr, logic(func(a, b bool) bool { return a || b })},
	{program.OpWhere, newWhere},
}

// unordered is the result of comparing with NaN; others are negative, zero or one.
const unordered = 2

type testJudge struct {
	a, b  lane
	dtype program.Dtype
	holds func(order int) bool
}

func tests(holds func(order int) bool) builder {
	return func(n *program.Node, in []*source, _ *Constants) judge {
		return &testJudge{newLane(n, 0, in[0]), newLane(n, 0, in[1]), in[0].tensor.Dtype, holds}
	}
}

func (t *testJudge) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	return sameBool(y, t.holds(order(t.dtype, t.a.bits(t.a.find(at)), t.b.bits(t.b.find(at)))), d)
}

func order(t program.Dtype, a, b uint64) int {
	x, y := signExtend(t, a), signExtend(t, b)
	if isFloat(t) {
		if isNaN(t, a) || isNaN(t, b) {
			return unordered
		}
		x, y = program.Ordered(floatOf(t, a)), program.Ordered(floatOf(t, b))
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func sameBool(y uint64, want bool, d *detail) outcome {
	bit := uint64(0)
	if want {
		bit = 1
	}
	return same(program.Bool, y, bit, d)
}

type logicJudge struct {
	a, b lane
	rule func(a, b bool) bool
}

func logic(rule func(a, b bool) bool) builder {
	return func(n *program.Node, in []*source, _ *Constants) judge {
		return &logicJudge{newLane(n, 0, in[0]), newLane(n, 0, in[1]), rule}
	}
}

func (l *logicJudge) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	a, b := l.a.bits(l.a.find(at)), l.b.bits(l.b.find(at))
	if a > 1 || b > 1 { // a bool of 2 is a FORMAT fault of another node's value: nothing follows here
		d.expect("operands are no bools", 2, honest)
		return honest
	}
	return sameBool(y, l.rule(a != 0, b != 0), d)
}

// newNot: the only unary of bools.
func newNot(n *program.Node, in []*source, _ *Constants) judge {
	l := newLane(n, 0, in[0])
	return &logicJudge{l, l, func(a, _ bool) bool { return !a }}
}

// whereJudge: the selected operand by value. ONNX Runtime merges two half-selected tensors, which loses the sign of zero.
type whereJudge struct {
	test, a, b lane
	dtype      program.Dtype
}

func newWhere(n *program.Node, in []*source, _ *Constants) judge {
	return &whereJudge{newLane(n, 0, in[0]), newLane(n, 0, in[1]), newLane(n, 0, in[2]), n.Outputs[0].Dtype}
}

func (w *whereJudge) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	var want uint64
	switch w.test.bits(w.test.find(at)) {
	case 0:
		want = w.b.bits(w.b.find(at))
	case 1:
		want = w.a.bits(w.a.find(at))
	default: // a FORMAT fault of another node's value
		d.expect("the condition is no bool", 3, honest)
		return honest
	}
	if isFloat(w.dtype) && zero(floatOf(w.dtype, y)) && zero(floatOf(w.dtype, want)) {
		want = y
	}
	return same(w.dtype, y, want, d)
}
