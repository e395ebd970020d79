package referee

import "github.com/assay-chain/assay/chain/program"

// castJudge: conversions are exact, or rounded to nearest even. A conversion to an integer that IEEE 754 and C leave
// undefined may give the least, the greatest, zero, or the value modulo 2^width.
type castJudge struct {
	x        lane
	from, to program.Dtype
}

func newCast(n *program.Node, in []*source, _ *Constants) judge {
	return &castJudge{newLane(n, 0, in[0]), in[0].tensor.Dtype, n.Outputs[0].Dtype}
}

func (c *castJudge) judge(_ int, at []uint64, y uint64, d *detail) outcome {
	x := c.x.bits(c.x.find(at))
	switch {
	case isFloat(c.from) && isFloat(c.to):
		return c.floatToFloat(y, floatOf(c.from, x), d)
	case isFloat(c.to):
		return c.integerToFloat(y, signExtend(c.from, x), d)
	case isFloat(c.from):
		return c.floatToInteger(y, floatOf(c.from, x), d)
	}
	v := signExtend(c.from, x)
	if c.to == program.Bool {
		return sameBool(y, v != 0, d)
	}
	return sameInteger(c.to, y, v, d)
}

func formatOf(t program.Dtype) floatFormat {
	switch t {
	case program.Float16:
		return formatHalf
	case program.BFloat16:
		return formatBrain
	}
	return formatFloat
}

// sameFloat demands the same number of a floating dtype; zeros are equal, NaNs are.
func sameFloat(t program.Dtype, y uint64, d *detail, wants ...uint32) outcome {
	o := demand(false)
	for _, w := range wants {
		if equal(floatOf(t, y), floatOf(t, uint64(w))) || isNaN(t, y) && isNaN(t, uint64(w)) {
			o = honest
		}
	}
	if d != nil {
		d.expect(show(t, uint64(wants[0])), 1, o)
	}
	return o
}

func (c *castJudge) floatToFloat(y uint64, x uint32, d *detail) outcome {
	f := formatOf(c.to)
	switch {
	case nan(x):
		return sameFloat(c.to, y, d, (1<<(f.exponent+1)-1)<<(f.mantissa-1))
	case inf(x):
		return sameFloat(c.to, y, d, (x>>31<<f.exponent|(1<<f.exponent-1))<<f.mantissa)
	}
	m, s := split(x)
	return sameFloat(c.to, y, d, f.round(negative(x), m, int(s)-149, false))
}

// integerToFloat rounds once; to 16 bits kernels may go through float32 and round twice.
func (c *castJudge) integerToFloat(y uint64, v int64, d *detail) outcome {
	f := formatOf(c.to)
	m := uint64(v)
	if v < 0 {
		m = -m
	}
	single := formatFloat.round(v < 0, m, 0, false)
	sm, ss := split(single)
	return sameFloat(c.to, y, d, f.round(v < 0, m, 0, false), f.round(v < 0, sm, int(ss)-149, false))
}

func (c *castJudge) floatToInteger(y uint64, x uint32, d *detail) outcome {
	if c.to == program.Bool {
		if nan(x) { // NaN is not zero, but a kernel may compare otherwise
			o := demand(y <= 1)
			d.expect("0 or 1", 1, o)
			return o
		}
		return sameBool(y, !zero(x), d)
	}
	width := uint(8 * c.to.Width())
	least, most := int64(-1)<<(width-1), int64(1)<<(width-1)-1
	if c.to == program.Uint8 {
		least, most = 0, 255
	}
	if finite(x) {
		if v, ok := truncated(x); ok && v >= least && v <= most {
			return sameInteger(c.to, y, v, d)
		}
	}
	got := signExtend(c.to, y)
	// -1 (255) too: a kernel that saturates to a wider integer first leaves its low bits, all ones
	ones := signExtend(c.to, 1<<width-1)
	ok := got == least || got == most || got == 0 || width < 32 && got == ones || finite(x) && uint64(got)&(1<<width-1) == lowBits(x)&(1<<width-1)
	o := demand(ok)
	d.expect("the conversion is undefined", 1, o)
	return o
}

// truncated returns the integer part of a finite float32, if it fits 64 bits.
func truncated(x uint32) (int64, bool) {
	m, s := split(x)
	e := int(s) - 149
	var v int64
	switch {
	case e >= 39: // m·2^e may reach 2^63
		if x == signBit|0x5f000000 {
			return -1 << 63, true
		}
		if m != 0 {
			return 0, false
		}
	case e >= 0:
		v = int64(m) << e
	case e > -25:
		v = int64(m >> -e)
	}
	if negative(x) {
		v = -v
	}
	return v, true
}

// lowBits returns the integer part of a finite float32 modulo 2^64.
func lowBits(x uint32) uint64 {
	m, s := split(x)
	v := uint64(0)
	switch e := int(s) - 149; {
	case e >= 64:
	case e >= 0:
		v = m << e
	case e > -25:
		v = m >> -e
	}
	if negative(x) {
		return -v
	}
	return v
}
