package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/beacon/drand"
	"github.com/assay-chain/assay/chain/x/beacon/types"
)

type msgServer struct{ *Keeper }

// NewMsgServer handles the module's messages.
func NewMsgServer(keeper *Keeper) types.MsgServer { return msgServer{keeper} }

// PostBeacon records a round that some job waits for, once, after verifying its signature. Anyone may relay.
func (s msgServer) PostBeacon(ctx context.Context, msg *types.MsgPostBeacon) (*types.MsgPostBeaconResponse, error) {
	if _, err := sdk.AccAddressFromBech32(msg.Poster); err != nil {
		return nil, types.ErrInvalidAddress.Wrapf("poster: %s", err)
	}
	params, err := s.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.expectPost(ctx, params, msg.Round); err != nil {
		return nil, err
	}
	// Paid before decoding: also the square root and the subgroup check of a hostile point are work.
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(params.VerifyGas, "beacon verification")
	if err := verify(params, msg.Round, msg.Signature); err != nil {
		return nil, err
	}
	round := types.Round{
		Round:      msg.Round,
		Randomness: drand.Randomness(msg.Signature),
		Signature:  msg.Signature,
		Poster:     msg.Poster,
		Height:     sdk.UnwrapSDKContext(ctx).BlockHeight(),
	}
	if err := s.rounds.Set(ctx, round.Round, round); err != nil {
		return nil, err
	}
	if err := emit(ctx, &types.EventBeaconRecorded{Round: round}); err != nil {
		return nil, err
	}
	if err := s.compute.BeaconRecorded(ctx, round.Round); err != nil {
		return nil, err
	}
	return &types.MsgPostBeaconResponse{Randomness: round.Randomness}, nil
}

// expectPost checks that the round is waited for, still unrecorded, and numbered under the schedule in force.
func (k *Keeper) expectPost(ctx context.Context, params types.Params, round uint64) error {
	recorded, err := k.rounds.Has(ctx, round)
	if err != nil {
		return err
	}
	if recorded {
		return types.ErrRecorded.Wrapf("round %d was recorded before: nothing is left to do", round)
	}
	pin, err := k.pins.Get(ctx, round)
	if errors.Is(err, collections.ErrNotFound) {
		return types.ErrNotPinned.Wrapf("expected a round that some job waits for, found %d: see the query PinnedRounds", round)
	} else if err != nil {
		return err
	}
	due, err := params.Due(round)
	if err != nil {
		return err
	}
	if !due.Equal(pin.Due) {
		// Under the new schedule the same number may already have been public when the job committed.
		return types.ErrStalePin.Wrapf("expected round %d at %s, found it at %s since governance changed the schedule: its jobs will fix another round", round, pin.Due, due)
	}
	return nil
}

func verify(params types.Params, round uint64, signature []byte) error {
	point, err := drand.ParseSignature(signature)
	if err != nil {
		return types.ErrSignatureForm.Wrap(err.Error())
	}
	key, err := drand.ParsePublicKey(params.PublicKey)
	if err != nil {
		return types.ErrInvalidParams.Wrap(err.Error())
	}
	if err := drand.Verify(key, round, point); err != nil {
		return types.ErrSignatureInvalid.Wrapf("round %d: %s", round, err)
	}
	return nil
}

// UpdateParams replaces the parameters. Rounds already pinned keep their number; if the schedule changed they can no
// longer be posted and their jobs fix another round after T_beacon.
func (s msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), s.authority, msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	old, err := s.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.expectTransition(ctx, old, msg.Params); err != nil {
		return nil, err
	}
	if err := s.params.Set(ctx, msg.Params); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{}, emit(ctx, &types.EventParamsUpdated{Params: msg.Params})
}

// expectTransition refuses a change after which an already public signature could serve a waiting or a future job:
// a new key needs a new schedule (which voids the pins), and a new schedule must count on from above every number in use.
func (k *Keeper) expectTransition(ctx context.Context, old, next types.Params) error {
	if old.SameSchedule(next) {
		if !old.SameKey(next) {
			return types.ErrInvalidParams.Wrap("public_key: expected the same key or another genesis_time or period_ms with it, found a new key under the old schedule")
		}
		return nil
	}
	used, err := k.highestRound(ctx)
	if err != nil {
		return err
	}
	first := next.RoundAfter(sdk.UnwrapSDKContext(ctx).BlockTime())
	if first <= used {
		return types.ErrInvalidParams.Wrapf("genesis_time, period_ms: expected the next round above %d, the highest recorded or pinned, found %d", used, first)
	}
	return nil
}

// highestRound is the largest number recorded or pinned, 0 if none is.
func (k *Keeper) highestRound(ctx context.Context) (uint64, error) {
	pinned, err := highest(ctx, k.pins)
	if err != nil {
		return 0, err
	}
	recorded, err := highest(ctx, k.rounds)
	if err != nil {
		return 0, err
	}
	return max(pinned, recorded), nil
}

func highest[V any](ctx context.Context, table collections.Map[uint64, V]) (uint64, error) {
	iterator, err := table.Iterate(ctx, new(collections.Range[uint64]).Descending())
	if err != nil {
		return 0, err
	}
	defer iterator.Close()
	if !iterator.Valid() {
		return 0, nil
	}
	return iterator.Key()
}
