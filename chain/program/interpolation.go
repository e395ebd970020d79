package program

// Linear Resize (ONNX mode linear): the multilinear interpolant of the operand at the original coordinate, clamped to it.

// Interpolation is where one output position of a linear Resize falls on one axis of the operand: within Slack of At, both
// in units of 2^-31. Low to High are the indices that a kernel may read: those around any coordinate so close, and the one
// after it even where its weight is zero, because zero times infinity is not nothing.
type Interpolation struct {
	Low, High uint64
	At, Slack int64
}

// InterpolationUnit is 1 in the units of Interpolation.
const InterpolationUnit = 1 << (point30 + 1)

// InterpolationAt is where output position x falls on an axis. The node must have passed Check with mode linear.
func (n *Node) InterpolationAt(axis int, x uint64) Interpolation {
	in := n.dims(0)[axis]
	if !n.interpolated(axis) {
		return Interpolation{x, x, int64(x) * InterpolationUnit, 0}
	}
	from, to := int64(x)<<point30, int64(x)<<point30
	if scale := n.Floats(Scales)[axis]; scale != floatOne {
		from, to = coordinate(n.Int(CoordinateTransformationMode), scale, in, n.Outputs[0].Dims[axis], x)
	}
	last := int64(in-1) << point30
	at := min(max(from+to, 0), 2*last) // twice the middle: the exact coordinate
	from, to = min(max(from, 0), last), min(max(to, 0), last)
	return Interpolation{uint64(from >> point30), min(uint64(to>>point30)+1, in-1), at, max(2*to-at, at-2*from)}
}

// Weight is the weight of index i at the coordinate At, in units of 2^-31; every kernel's lies within Slack of it.
func (s *Interpolation) Weight(i uint64) int64 {
	distance := s.At - int64(i)*InterpolationUnit
	return max(0, InterpolationUnit-max(distance, -distance))
}

// interpolated reports the axes between whose elements ONNX Runtime interpolates (UpsampleBase::ScalesValidation): all of
// rank 2 and 3, the last two of rank 4, or the middle two where axis 1 is scaled (channels last), the last three of rank 5.
func (n *Node) interpolated(axis int) bool {
	scales := n.Floats(Scales)
	switch rank := len(scales); {
	case rank < 4:
		return true
	case rank == 4 && scales[1] != floatOne:
		return axis == 1 || axis == 2
	default:
		return axis >= 2
	}
}

// ScaledAxes is how many axes of a Resize have another scale than 1.
func (n *Node) ScaledAxes() (count uint64) {
	for _, s := range n.Floats(Scales) {
		if s != floatOne {
			count++
		}
	}
	return count
}

func (n *Node) checkInterpolation() error {
	if n.Int(NearestMode) != RoundPreferFloor {
		return wrongAttribute("nearest_mode is read by mode nearest only: write round_prefer_floor")
	}
	scales := n.Floats(Scales)
	if len(scales) < 2 || len(scales) > 5 {
		return wrongShape("a linear Resize is judged for ranks 2 to 5, %d found", len(scales))
	}
	for i, s := range scales {
		if s != floatOne && !n.interpolated(i) {
			return wrongAttribute("axis %d: ONNX Runtime does not interpolate along it", i)
		}
	}
	return n.demandDtype(Float32)
}

// worstInterpolation: the slack of a coordinate is below one, so it and its neighbours are three elements at most.
func (n *Node) worstInterpolation(b *Box) {
	for i, s := range n.Floats(Scales) {
		switch {
		case s != floatOne:
			b.Axes[i].Count = min(3, n.dims(0)[i])
		case n.interpolated(i):
			b.Axes[i].Count = min(2, n.dims(0)[i])
		}
	}
}
