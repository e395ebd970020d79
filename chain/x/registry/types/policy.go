package types

// maxLambdaPpm bounds the expected number of verifiers of a job to a thousand.
const maxLambdaPpm = 1_000_000_000

// AllowedPolicy is what holds for a digest that governance decided nothing about.
func AllowedPolicy(digest []byte) Policy {
	return Policy{Digest: digest, Status: POLICY_STATUS_ALLOWED}
}

// Validate checks a decision.
func (p Policy) Validate() error {
	if len(p.Digest) != HashSize {
		return ErrInvalidPolicy.Wrapf("digest: expected %d bytes, found %d", HashSize, len(p.Digest))
	}
	switch p.Status {
	case POLICY_STATUS_ALLOWED, POLICY_STATUS_DEPRECATED, POLICY_STATUS_BANNED:
	default:
		return ErrInvalidPolicy.Wrapf("status: expected ALLOWED, DEPRECATED or BANNED, found %s", p.Status)
	}
	if p.LambdaPpm > maxLambdaPpm {
		return ErrInvalidPolicy.Wrapf("lambda_ppm: expected at most %d, found %d", maxLambdaPpm, p.LambdaPpm)
	}
	if p.MaxTolerance != nil {
		if err := p.MaxTolerance.Validate(); err != nil {
			return ErrInvalidPolicy.Wrapf("max_tolerance: %s", err)
		}
	}
	return nil
}
