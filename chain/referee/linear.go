package referee

// linear is the reference S/den of a contraction or reduction with its a-priori bound
//
//	B = γ_n · A/den + tiny · 2^-underflow,   γ_n = n·u/(1 - n·u) = n/(2^24 - n)
//
// where n counts the roundings on the longest path (in any order: the number of terms) and tiny the possible underflows.
type linear struct {
	s, a         Wide // units 2^-298; a >= |s|, a >= 0
	n, den, tiny uint64
	underflow    uint32
}

// maxLinear bounds n, den and tiny: the integers below then fit 640 bits.
const maxLinear = 1 << 20

// Exponents of η that the widths below admit; profiles use 126 and 149.
const leastUnderflow, mostUnderflow = 24, 298

// overflowWide is the largest float32, 2^128 - 2^104, in units of 2^-298.
var overflowWide = func() (r Wide) { r.addAt(1<<24-1, 104+298); return r }()

// judge decides |y - S/den| > B without a division. Multiply both sides by den·(2^24-n) > 0:
//
//	|den·y - S|·(2^24-n)  >  n·A + tiny·den·(2^24-n)·2^-underflow
//
// Every quantity is an integer in units of 2^-298. Sizes for den, n, tiny <= 2^20: 571+24 bits left, 571+20 right, below 640.
func (l *linear) judge(y uint32, d *detail) outcome {
	if l.n > maxLinear || l.den == 0 || l.den > maxLinear || l.tiny > maxLinear || l.underflow < leastUnderflow || l.underflow > mostUnderflow {
		return undecided(TooManyTerms, true)
	}
	q := one24 - l.n
	if !finite(y) { // honest only if some partial result could overflow: A·(1+γ_n) >= max, 1+γ_n = 2^24/q
		lhs, rhs := l.a.mul(one24), overflowWide.mul(q)
		o := demand(cmpWide(&lhs, &rhs) >= 0)
		l.explain(y, o, nil, nil, d)
		return o
	}
	var v Wide
	m, s := split(y)
	v.addAt(m, s+149)
	v = v.mul(l.den)
	if negative(y) {
		v = addWide(&v, &l.s)
	} else {
		v = subWide(&v, &l.s)
	}
	v, _ = v.abs()
	v = v.mul(q)
	bound := l.a.mul(l.n)
	var eta Wide
	eta.addAt(l.tiny*l.den, uint(298-l.underflow))
	eta = eta.mul(q)
	bound = addWide(&bound, &eta)
	vm, ve := v.top()
	bm, be := bound.top()
	o := outcome{fault: cmpWide(&v, &bound) > 0, ratio: ratio(vm, ve, bm, be)}
	l.explain(y, o, &v, &bound, d)
	return o
}

func (l *linear) explain(y uint32, o outcome, err, bound *Wide, d *detail) {
	if d == nil {
		return
	}
	d.exact = decimalRat(wideRat(&l.s, l.den))
	if err == nil {
		d.bound, d.ratio = "0", "unbounded"
		return
	}
	scale := l.den * (one24 - l.n)
	b := wideRat(bound, scale)
	d.bound = decimalRat(b)
	d.ratio = ratioRat(wideRat(err, scale), b)
	d.ref, d.limit = wideRat(&l.s, l.den), b
}
