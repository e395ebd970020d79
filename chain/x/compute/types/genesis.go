package types

import "slices"

// DefaultGenesis has the public parameters and nothing else.
func DefaultGenesis() *GenesisState { return NewGenesis(DefaultParams()) }

// NewGenesis has one version of the parameters and nothing else.
func NewGenesis(p Params) *GenesisState {
	return &GenesisState{Params: []VersionedParams{{Version: 1, Params: p}}, NextJobId: 1}
}

// Validate checks what can be checked without other modules' state. Errors carry ErrGenesis.
func (g GenesisState) Validate() error {
	if len(g.Params) == 0 {
		return ErrGenesis.Wrap("params: at least one version expected, none found")
	}
	for i, v := range g.Params {
		if i > 0 && v.Version != g.Params[i-1].Version+1 || v.Version == 0 {
			return ErrGenesis.Wrapf("params: consecutive versions from 1 or more expected, %d found at place %d", v.Version, i)
		}
		if err := v.Params.Validate(); err != nil {
			return ErrGenesis.Wrapf("params version %d: %s", v.Version, err)
		}
		if v.Params.Denom != g.Params[0].Params.Denom {
			return ErrGenesis.Wrapf("params version %d: the one denom %s expected, %s found", v.Version, g.Params[0].Params.Denom, v.Params.Denom)
		}
	}
	if g.NextJobId == 0 {
		return ErrGenesis.Wrap("next_job_id: at least 1 expected, 0 found")
	}
	for i, j := range g.Jobs {
		if i > 0 && j.Id <= g.Jobs[i-1].Id || j.Id == 0 || j.Id >= g.NextJobId {
			return ErrGenesis.Wrapf("jobs: ascending ids from 1 below next_job_id %d expected, %d found", g.NextJobId, j.Id)
		}
		if j.State < JOB_STATE_OPEN || j.State > JOB_STATE_VOID {
			return ErrGenesis.Wrapf("job %d: a known state expected, %d found", j.Id, j.State)
		}
		if err := CheckAmount(j.Fee, false); err != nil {
			return ErrGenesis.Wrapf("job %d: fee: %s", j.Id, err)
		}
	}
	for i, s := range g.Snapshots {
		if s.Number == 0 || i > 0 && s.Number <= g.Snapshots[i-1].Number {
			return ErrGenesis.Wrapf("snapshots: ascending numbers from 1 expected, %d found", s.Number)
		}
	}
	var workers, operators []string
	for _, w := range g.Workers {
		if _, err := Account("worker", w.Address); err != nil {
			return err
		}
		workers = append(workers, w.Address)
	}
	for _, v := range g.Verifiers {
		if _, err := Account("operator", v.Operator); err != nil {
			return err
		}
		if err := CheckAmount(v.Deposit, true); err != nil {
			return ErrGenesis.Wrapf("verifier %s: deposit: %s", v.Operator, err)
		}
		operators = append(operators, v.Operator)
	}
	if repeated(workers) || repeated(operators) {
		return ErrGenesis.Wrap("workers and verifiers: no address twice expected")
	}
	return nil
}

// repeated tells whether a list holds one string twice.
func repeated(list []string) bool {
	slices.Sort(list)
	return len(slices.Compact(slices.Clone(list))) != len(list)
}
