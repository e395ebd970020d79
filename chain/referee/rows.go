package referee

import "github.com/assay-chain/assay/chain/program"

// judge decides elements of one node. It may keep what elements share (a row of a Softmax), so it belongs to one goroutine.
type judge interface {
	// judge decides the element at (logical coordinates) of output slot; y holds its committed bits. d may be nil.
	judge(slot int, at []uint64, y uint64, d *detail) outcome
}

// builder makes the judge of a node that passed Check. in[k] is operand k, nil where it is absent.
type builder func(n *program.Node, in []*source, c *Constants) judge

// row names the judge of one operator of program's table.
type row struct {
	number uint32
	build  builder
}

// judges is indexed by operator number. A test holds it to the rows of chain/program: what can be registered can be judged.
var judges = layRows(movementJudges, elementwiseJudges, functionJudges, compareJudges, convJudges, matrixJudges, poolJudges, normJudges, reduceJudges, scanJudges, quantJudges)

func layRows(families ...[]row) []builder {
	var t []builder
	for _, rows := range families {
		for _, r := range rows {
			for uint32(len(t)) <= r.number {
				t = append(t, nil)
			}
			t[r.number] = r.build
		}
	}
	return t
}

func newJudge(n *program.Node, in []*source, c *Constants) (judge, error) {
	if n.Op >= uint32(len(judges)) || judges[n.Op] == nil {
		return nil, invalid(CodeInternal, "operator %s is registered but has no judge", program.Name(n.Op))
	}
	return judges[n.Op](n, in, c), nil
}

// lane finds the element of an operand that numpy's broadcasting pairs with an output element.
type lane struct {
	*source
	steps [program.MaxRank]uint64 // per output axis; 0 where the operand is broadcast
}

func newLane(n *program.Node, slot int, s *source) lane {
	l := lane{source: s}
	skip := len(n.Outputs[slot].Dims) - len(s.tensor.Dims)
	for i, d := range s.tensor.Dims {
		if d != 1 {
			l.steps[skip+i] = s.strides[i]
		}
	}
	return l
}

func (l *lane) find(at []uint64) uint64 {
	p := uint64(0)
	for i, x := range at {
		p += x * l.steps[i]
	}
	return p
}
