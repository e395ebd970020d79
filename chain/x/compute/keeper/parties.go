package keeper

import (
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// parties are the addresses behind a job's worker and requester: themselves and the owners that they declared. They are
// pinned with the claim: an owner declared once the randomness is public could choose who is not drawn.
func (k *Keeper) parties(ctx context.Context, addresses ...string) ([]string, error) {
	parties := slices.Clone(addresses)
	for _, s := range addresses {
		a, err := types.Account("party", s)
		if err != nil {
			return nil, err
		}
		w, err := k.workers.Get(ctx, a)
		if err != nil && !errors.Is(err, collections.ErrNotFound) {
			return nil, err
		}
		v, err := k.verifiers.Get(ctx, a)
		if err != nil && !errors.Is(err, collections.ErrNotFound) {
			return nil, err
		}
		for _, owner := range []string{w.Owner, v.Owner} {
			if owner != "" && !slices.Contains(parties, owner) {
				parties = append(parties, owner)
			}
		}
	}
	return parties, nil
}
