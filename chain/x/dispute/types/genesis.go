package types

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// DefaultGenesis has the first version of the parameters and no disputes.
func DefaultGenesis() *GenesisState { return NewGenesis(DefaultParams()) }

// NewGenesis starts with these parameters as version 1.
func NewGenesis(params Params) *GenesisState {
	return &GenesisState{
		Params:           []VersionedParams{{Version: 1, Params: params}},
		NextDemandId:     1,
		NextCommitmentId: 1,
	}
}

// Validate checks that versions and ids ascend, that every record belongs to a dispute, and that the counters which a
// dispute keeps equal what the records say.
func (g GenesisState) Validate() error {
	if len(g.Params) == 0 {
		return ErrInvalidGenesis.Wrap("params: expected at least version 1, found none")
	}
	for i, v := range g.Params {
		if v.Version != uint64(i)+1 {
			return ErrInvalidGenesis.Wrapf("params: expected version %d, found %d", i+1, v.Version)
		}
		if err := v.Params.Validate(); err != nil {
			return err
		}
	}
	jobs := newJobIndex(g.Disputes)
	var last uint64
	for i := range g.Disputes {
		d := &g.Disputes[i]
		if d.JobId <= last {
			return ErrInvalidGenesis.Wrapf("disputes: expected job ids ascending from 1, found %d after %d", d.JobId, last)
		}
		last = d.JobId
		if d.Fee.IsNil() || d.Fee.IsNegative() {
			return ErrInvalidGenesis.Wrapf("dispute of job %d: expected a fee of at least 0, found %s", d.JobId, d.Fee)
		}
		if _, err := sdk.AccAddressFromBech32(d.Worker); err != nil {
			return ErrInvalidGenesis.Wrapf("dispute of job %d: worker: %s", d.JobId, err)
		}
	}
	if err := g.validateDemands(jobs); err != nil {
		return err
	}
	if err := g.validateCommitments(jobs); err != nil {
		return err
	}
	last = 0
	for _, r := range g.Rewards {
		if r.JobId <= last || r.Amount.IsNil() || !r.Amount.IsPositive() {
			return ErrInvalidGenesis.Wrapf("rewards: expected job ids ascending from 1 and amounts above 0, found job %d with %s", r.JobId, r.Amount)
		}
		last = r.JobId
	}
	return jobs.counted()
}

func (g GenesisState) validateDemands(jobs *jobIndex) error {
	var last uint64
	for _, d := range g.Demands {
		if d.Id <= last || d.Id >= g.NextDemandId {
			return ErrInvalidGenesis.Wrapf("demands: expected ids ascending below %d, found %d after %d", g.NextDemandId, d.Id, last)
		}
		last = d.Id
		tally := jobs.of(d.JobId)
		if tally == nil {
			return ErrInvalidGenesis.Wrapf("demand %d: no dispute of job %d", d.Id, d.JobId)
		}
		if _, err := sdk.AccAddressFromBech32(d.Sender); err != nil {
			return ErrInvalidGenesis.Wrapf("demand %d: sender: %s", d.Id, err)
		}
		if d.ServeFee.IsNil() || d.DemandFee.IsNil() || d.ServeFee.IsNegative() || d.DemandFee.IsNegative() {
			return ErrInvalidGenesis.Wrapf("demand %d: expected fees of at least 0", d.Id)
		}
		tally.demands++
		if d.Open() {
			tally.open++
		}
	}
	return nil
}

func (g GenesisState) validateCommitments(jobs *jobIndex) error {
	var last uint64
	for _, c := range g.Commitments {
		if c.Id <= last || c.Id >= g.NextCommitmentId {
			return ErrInvalidGenesis.Wrapf("commitments: expected ids ascending below %d, found %d after %d", g.NextCommitmentId, c.Id, last)
		}
		last = c.Id
		tally := jobs.of(c.JobId)
		if tally == nil {
			return ErrInvalidGenesis.Wrapf("commitment %d: no dispute of job %d", c.Id, c.JobId)
		}
		if _, err := sdk.AccAddressFromBech32(c.Sender); err != nil {
			return ErrInvalidGenesis.Wrapf("commitment %d: sender: %s", c.Id, err)
		}
		if c.Bond.IsNil() || c.Bond.IsNegative() {
			return ErrInvalidGenesis.Wrapf("commitment %d: expected a bond of at least 0, found %s", c.Id, c.Bond)
		}
		if c.State == COMMITMENT_STATE_LIVE {
			tally.live++
		}
	}
	return nil
}

// Open reports whether a demand still waits to be served.
func (d *Demand) Open() bool { return d.State == DEMAND_STATE_QUEUED || d.State == DEMAND_STATE_ACTIVE }
