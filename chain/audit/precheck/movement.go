package precheck

import (
	"bytes"

	"github.com/assay-chain/assay/chain/program"
)

// copied acquits elements that equal their originals bit for bit, along a grid of output and operand k.
func (n *node) copied(k int, g *grid) []unit {
	width := int(n.out().Dtype.Width())
	return g.split(func(output []byte, acquitted []bool) run {
		in := n.operands[k]
		return func(count int, at, step []int) {
			p, q := at[0], at[1]
			if step[0] == 1 && step[1] == 1 && bytes.Equal(output[p*width:(p+count)*width], in[q*width:(q+count)*width]) {
				for i := range count {
					acquitted[p+i] = true
				}
				return
			}
			for range count {
				acquitted[p] = bytes.Equal(output[p*width:(p+1)*width], in[q*width:(q+1)*width])
				p, q = p+step[0], q+step[1]
			}
		}
	})
}

// affine: output element at comes from place base + Σ at·steps of operand 0.
func (n *node) affine(base int, steps []int) []unit {
	return n.copied(0, newGrid([]int{0, base}, axesOf(n.out(), func(i int) []int { return steps[i : i+1] })))
}

// strides of operand k, one for each of its logical axes.
func (n *node) strides(k int) (s []int) {
	all := n.operand(k).Strides()
	for i := range n.operand(k).Dims {
		s = append(s, int(all[i]))
	}
	return s
}

func relayout(n *node) []unit { return n.affine(0, n.strides(0)) }

// reshape of one layout into the same: row-major order is kept.
func reshape(n *node) []unit {
	if n.operand(0).Layout != program.Row || n.out().Layout != program.Row {
		return nil
	}
	return n.copied(0, newGrid([]int{0, 0}, []axis{{int(n.out().Elements()), []int{1, 1}}}))
}

func transpose(n *node) []unit {
	s := n.strides(0)
	steps := make([]int, len(s))
	for i, p := range n.Ints(program.Perm) {
		steps[i] = s[p]
	}
	return n.affine(0, steps)
}

func slice(n *node) []unit {
	base, steps := 0, n.strides(0)
	for i := range steps {
		base += int(n.Ints(program.Starts)[i]) * steps[i]
		steps[i] *= int(n.Ints(program.Steps)[i])
	}
	return n.affine(base, steps)
}

func split(n *node) []unit {
	steps, before := n.strides(0), 0
	for i := range n.slot {
		before += int(n.Outputs[i].Dims[n.AxisOf()])
	}
	return n.affine(before*steps[n.AxisOf()], steps)
}

func expand(n *node) []unit {
	steps := n.broadcastSteps(0)
	return n.affine(0, steps[:len(n.out().Dims)])
}

// tile: an output axis is two, the repetitions and the operand's.
func tile(n *node) []unit {
	in, strides := n.strides(0), n.out().Strides()
	var axes []axis
	for _, i := range n.out().Order() {
		extent, step := int(n.operand(0).Dims[i]), int(strides[i])
		axes = append(axes, axis{int(n.out().Dims[i]) / extent, []int{step * extent, 0}}, axis{extent, []int{step, in[i]}})
	}
	return n.copied(0, newGrid([]int{0, 0}, axes))
}

// concat: every operand has a region of the output.
func concat(n *node) (units []unit) {
	before := 0
	for k := range n.Inputs {
		from := make([]int, len(n.out().Dims))
		from[n.AxisOf()] = before
		units = append(units, n.region(k, from)...)
		before += int(n.operand(k).Dims[n.AxisOf()])
	}
	return units
}

// pad: the region of the operand; what is around it is left to the referee.
func pad(n *node) []unit {
	var from []int
	for i := range n.out().Dims {
		from = append(from, int(n.Ints(program.Pads)[i]))
	}
	return n.region(0, from)
}

// region: operand k lies in the output from these coordinates on.
func (n *node) region(k int, from []int) []unit {
	in, strides, base := n.strides(k), n.out().Strides(), 0
	var axes []axis
	for _, i := range n.out().Order() {
		base += from[i] * int(strides[i])
		axes = append(axes, axis{int(n.operand(k).Dims[i]), []int{int(strides[i]), in[i]}})
	}
	return n.copied(k, newGrid([]int{base, 0}, axes))
}
