package types

import "context"

// ProducedOutput is what the registry needs to know of a job to accept PRODUCED_BY.
type ProducedOutput struct {
	// Final: the job ended FINAL.
	Final bool
	// OutputDataRoots in order, and their root.
	OutputDataRoots [][]byte
	OutputRoot      []byte
	// ZeroTolerance: the requester signed none, so the trace was committed eagerly and the edge is JUDGED.
	ZeroTolerance bool
}

// ComputeKeeper is what the registry asks of compute. It is set after construction, because compute depends on the registry.
type ComputeKeeper interface {
	GetProducedOutput(ctx context.Context, jobID uint64) (ProducedOutput, error)
	// PolicyChanged tells that governance decided about a digest; a ban drains its OPEN jobs by queue.
	PolicyChanged(ctx context.Context, policy Policy) error
}
