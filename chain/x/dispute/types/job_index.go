package types

import "sort"

// jobTally counts what a genesis holds for one dispute.
type jobTally struct {
	dispute             *Dispute
	demands, open, live uint64
}

// jobIndex finds tallies by job. Disputes ascend by job, so a search suffices.
type jobIndex struct{ tallies []jobTally }

func newJobIndex(disputes []Dispute) *jobIndex {
	index := &jobIndex{tallies: make([]jobTally, len(disputes))}
	for i := range disputes {
		index.tallies[i].dispute = &disputes[i]
	}
	return index
}

// of returns the tally of a job, nil where no dispute is.
func (x *jobIndex) of(job uint64) *jobTally {
	i := sort.Search(len(x.tallies), func(i int) bool { return x.tallies[i].dispute.JobId >= job })
	if i == len(x.tallies) || x.tallies[i].dispute.JobId != job {
		return nil
	}
	return &x.tallies[i]
}

// counted compares every dispute's counters with what was found.
func (x *jobIndex) counted() error {
	for _, t := range x.tallies {
		d := t.dispute
		if d.Demands != t.demands || d.LiveCommitments != t.live || d.Phase != DISPUTE_PHASE_ENDED && d.OpenDemands != t.open {
			return ErrInvalidGenesis.Wrapf("dispute of job %d: counts %d demands, %d open, %d live commitments; found %d, %d, %d",
				d.JobId, d.Demands, d.OpenDemands, d.LiveCommitments, t.demands, t.open, t.live)
		}
	}
	return nil
}
