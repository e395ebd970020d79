package types

import (
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// Commitments is what the chain holds of a job, as the referee takes it. params are the version of compute's parameters
// that the job's claim pinned: they certify the profile's constants. Roots that are not committed yet stay unknown.
func Commitments(job *computetypes.Job, params *computetypes.Params) (*referee.Commitments, error) {
	profile, found := params.FindProfile(job.Profile)
	if !found {
		return nil, ErrProfile.Wrapf("job %d: profile %q in version %d of compute's parameters", job.Id, job.Profile, job.ParamsVersion)
	}
	c := ProgramCommitments(&job.Program, job.WeightsRoot)
	c.Constants = Constants(&profile)
	c.InputRoot, c.OutputRoot = root(job.InputRoot), root(job.OutputRoot)
	c.TraceRoot, c.HasTrace = root(job.TraceRoot), len(job.TraceRoot) > 0
	c.ToleranceAbs, c.ToleranceRel = job.Tolerance.Abs.BigInt(), job.Tolerance.Rel.BigInt()
	return c, nil
}

// ProgramCommitments is what is known of a publication alone.
func ProgramCommitments(s *registrytypes.ProgramSummary, weights []byte) *referee.Commitments {
	return &referee.Commitments{
		ProgramRoot: root(s.Root), WeightsRoot: root(weights), Constants: referee.DefaultConstants(),
		Counts: program.Counts{Inputs: s.Inputs, Weights: s.Weights, Values: s.Values, Nodes: s.Nodes, Outputs: s.Outputs},
	}
}

// Constants turns a profile's rows into the referee's. A function without a row keeps the constants that hold for every
// machine.
func Constants(profile *computetypes.Profile) referee.Constants {
	c := referee.DefaultConstants()
	if profile.GradualUnderflow {
		c.Underflow = 149
	}
	c.WeightBlock = profile.WeightBlock
	var roots uint32
	for _, row := range profile.Constants {
		f := referee.Function{Ulps: saturate(row.Rho), Absolute: saturate(absolute(row.Alpha))}
		switch row.Op {
		case "Exp":
			c.Exp = f
		case "Erf":
			c.Erf = f
		case "Log":
			c.Log = f
		case "Tanh":
			c.Tanh = f
		case "Sigmoid":
			c.Sigmoid = f
		case "Sqrt", "Reciprocal":
			roots = max(roots, f.Ulps)
		}
	}
	if roots > 0 {
		c.Roots = roots
	}
	return c
}

// absolute turns units of 2^-64 into the referee's units of 2^-40, rounded up.
func absolute(alpha uint64) uint64 { return alpha>>24 + min(1, alpha&(1<<24-1)) }

// saturate keeps a bound a bound where it does not fit: compute's parameters allow none that large.
func saturate(n uint64) uint32 { return uint32(min(n, 1<<32-1)) }

// root copies a root; what is not 32 bytes becomes 32 zeros, which the referee takes for unknown.
func root(b []byte) (h merkle.Hash) {
	if len(b) == len(h) {
		copy(h[:], b)
	}
	return h
}
