package referee

// Cause names why an element is undecided. Every cause is tested, because every undecided case is a place to hide.
type Cause string

// The causes.
const (
	Decided Cause = ""
	// TooManyTerms: a sum of more than MaxTerms terms is beyond the analysis (no registered program has one).
	TooManyTerms Cause = "too_many_terms"
	// WideErrors: the relative errors of a Softmax row, or of the variance of a normalised group, add up to a half or more.
	WideErrors Cause = "wide_errors"
	// DivisorHoldsZero: the exact divisor cannot be told from zero.
	DivisorHoldsZero Cause = "divisor_holds_zero"
	// NaNCompared: a NaN entered an operator whose kernels compare before they compute, so that any number may come out.
	NaNCompared Cause = "nan_compared"
	// AllMasked: every element of a Softmax row is minus infinity; kernels give NaN, zero or a uniform row.
	AllMasked Cause = "all_masked"
	// Unbounded: an enclosure grew beyond every bound.
	Unbounded Cause = "unbounded"
)

// Causes lists every cause, in a fixed order.
func Causes() []Cause {
	return []Cause{TooManyTerms, WideErrors, DivisorHoldsZero, NaNCompared, AllMasked, Unbounded}
}
