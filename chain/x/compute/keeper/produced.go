package keeper

import (
	"context"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

var _ registrytypes.ComputeKeeper = (*Keeper)(nil)

// GetProducedOutput tells the registry what a job produced, for PRODUCED_BY edges.
func (k *Keeper) GetProducedOutput(ctx context.Context, jobID uint64) (registrytypes.ProducedOutput, error) {
	j, err := k.GetJob(ctx, jobID)
	if err != nil {
		return registrytypes.ProducedOutput{}, err
	}
	return registrytypes.ProducedOutput{
		Final:           j.State == types.JOB_STATE_FINAL,
		OutputDataRoots: j.OutputDataRoots,
		OutputRoot:      j.OutputRoot,
		ZeroTolerance:   isZero(j.Tolerance),
	}, nil
}

// isZero tells that a tolerance allows no distance at all.
func isZero(t registrytypes.Tolerance) bool { return t.Abs.IsZero() && t.Rel.IsZero() }
