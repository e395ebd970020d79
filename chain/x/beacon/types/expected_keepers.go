package types

import "context"

// ComputeKeeper is told of recorded rounds. It is set after construction, because compute depends on the beacon.
type ComputeKeeper interface {
	// BeaconRecorded queues the round; compute draws its jobs' duties in capped work per block.
	BeaconRecorded(ctx context.Context, round uint64) error
}
