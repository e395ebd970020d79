package keeper

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// endEpoch takes the snapshot of a new epoch. Epoch 0 is taken at the first block's end, when genesis validators are bonded.
func (k *Keeper) endEpoch(ctx context.Context, p types.Params) error {
	h := height(ctx)
	last, found, err := k.newestSnapshot(ctx)
	if err != nil {
		return err
	}
	if found && h < last.Height+int64(p.EpochBlocks) {
		return nil
	}
	// Snapshot numbers are epoch + 1: the next epoch is the last one's number.
	epoch := last.Number
	err = isolate(ctx, func(ctx context.Context) error {
		s, err := k.takeSnapshot(ctx, epoch)
		if err != nil {
			return err
		}
		if err := k.addSnapshot(ctx, s); err != nil {
			return err
		}
		if err := emit(ctx, &types.EventSnapshotTaken{Snapshot: s}); err != nil {
			return err
		}
		if !found {
			return nil
		}
		return k.pruneSnapshot(ctx, last.Number-1)
	})
	if err != nil {
		return k.failed(ctx, queueEpoch, 0, "", h+1, err)
	}
	return nil
}

// takeSnapshot weighs registered, not leaving verifiers by the power of their bonded validators, sorted by operator address.
func (k *Keeper) takeSnapshot(ctx context.Context, epoch uint64) (types.Snapshot, error) {
	s := types.Snapshot{Number: epoch + 1, Height: height(ctx)}
	bonded, err := k.staking.GetBondedValidatorsByPower(ctx)
	if err != nil {
		return s, err
	}
	reduction := k.staking.PowerReduction(ctx)
	type weighed struct {
		address sdk.AccAddress
		entry   types.SnapshotEntry
	}
	var list []weighed
	for _, val := range bonded {
		operator, err := sdk.ValAddressFromBech32(val.GetOperator())
		if err != nil {
			return s, err
		}
		a := sdk.AccAddress(operator)
		v, found, err := k.verifier(ctx, a)
		if err != nil {
			return s, err
		}
		power := val.ConsensusPower(reduction)
		if !found || v.Leaving || power <= 0 {
			continue
		}
		list = append(list, weighed{a, types.SnapshotEntry{Operator: v.Operator, Power: uint64(power), Owner: v.Owner}})
	}
	slices.SortFunc(list, func(a, b weighed) int { return bytes.Compare(a.address, b.address) })
	for _, w := range list {
		s.TotalPower += w.entry.Power
		s.Entries = append(s.Entries, w.entry)
	}
	return s, nil
}

// addSnapshot writes a snapshot, which is then the newest.
func (k *Keeper) addSnapshot(ctx context.Context, s types.Snapshot) error {
	if err := k.snapshots.Set(ctx, s.Number-1, s); err != nil {
		return err
	}
	return k.snapshotNumber.Set(ctx, s.Number)
}

// newestSnapshot returns the snapshot that a claim pins now.
func (k *Keeper) newestSnapshot(ctx context.Context) (s types.Snapshot, found bool, err error) {
	n, err := k.newestNumber(ctx)
	if err != nil || n == 0 {
		return s, false, err
	}
	s, err = k.snapshots.Get(ctx, n-1)
	return s, err == nil, err
}

// newestNumber is the newest snapshot's number, epoch + 1; 0 before any is taken.
func (k *Keeper) newestNumber(ctx context.Context) (uint64, error) {
	n, err := k.snapshotNumber.Get(ctx)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// pinned counts the running jobs that pin an epoch's snapshot.
func (k *Keeper) pinned(ctx context.Context, epoch uint64) (uint64, error) {
	n, err := k.pins.Get(ctx, epoch)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// pinSnapshot counts one more.
func (k *Keeper) pinSnapshot(ctx context.Context, epoch uint64) error {
	n, err := k.pinned(ctx, epoch)
	if err != nil {
		return err
	}
	return k.pins.Set(ctx, epoch, n+1)
}

// unpinSnapshot counts one less, and prunes the snapshot if it was the last and a later one exists.
func (k *Keeper) unpinSnapshot(ctx context.Context, epoch uint64) error {
	n, err := k.pinned(ctx, epoch)
	if err != nil {
		return err
	}
	if n == 0 {
		return types.ErrInvariant.Wrapf("snapshot of epoch %d is pinned by no job and is unpinned", epoch)
	}
	if err := k.pins.Set(ctx, epoch, n-1); err != nil {
		return err
	}
	return k.pruneSnapshot(ctx, epoch)
}

// pruneSnapshot removes an epoch's snapshot if no job pins it and a later one exists.
func (k *Keeper) pruneSnapshot(ctx context.Context, epoch uint64) error {
	n, err := k.pinned(ctx, epoch)
	if err != nil || n > 0 {
		return err
	}
	newest, err := k.newestNumber(ctx)
	if err != nil || newest <= epoch+1 {
		return err
	}
	if err := k.pins.Remove(ctx, epoch); err != nil {
		return err
	}
	if err := k.snapshots.Remove(ctx, epoch); err != nil {
		return err
	}
	return emit(ctx, &types.EventSnapshotPruned{Number: epoch + 1})
}
