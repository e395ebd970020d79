package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/x/beacon/drand"
	"github.com/assay-chain/assay/chain/x/beacon/types"
)

func start(t *testing.T) *apptest.Chain {
	return apptest.New(t, apptest.Options{Validators: 2, Accounts: map[string]int64{"relay": 1000}})
}

// pin lets n jobs wait for the round that a job committed now would get.
func pin(chain *apptest.Chain, n int) (round uint64) {
	chain.Write(func(ctx sdk.Context) error {
		var err error
		if round, err = chain.App.BeaconKeeper.RoundAfter(ctx, ctx.BlockTime()); err != nil {
			return err
		}
		for range n {
			if err := chain.App.BeaconKeeper.Pin(ctx, round); err != nil {
				return err
			}
		}
		return nil
	})
	return round
}

func TestPostBeaconRecordsOnce(t *testing.T) {
	chain := start(t)
	round := pin(chain, 2)
	chain.Block()
	require.EqualValues(t, 2, chain.Pins()[0].Jobs)

	msg := chain.BeaconMessage("relay", round)
	result := chain.MustDeliver(msg)
	event := apptest.One[*types.EventBeaconRecorded](t, result.Events).Round
	require.Equal(t, round, event.Round)
	require.Equal(t, result.Height, event.Height)
	require.Equal(t, drand.Randomness(msg.Signature), event.Randomness)
	response := apptest.Response(t, result.Txs[0], 0, &types.MsgPostBeaconResponse{})
	require.Equal(t, event.Randomness, response.Randomness)
	randomness, recorded, err := chain.App.BeaconKeeper.Randomness(chain.Context(), round)
	require.NoError(t, err)
	require.True(t, recorded)
	require.Equal(t, event.Randomness, randomness)

	chain.MustRefuse(types.ErrRecorded, msg)
}

func TestPostBeaconRefuses(t *testing.T) {
	chain := start(t)
	round := pin(chain, 1)
	chain.Block()
	good := chain.BeaconMessage("relay", round)

	chain.MustRefuse(types.ErrNotPinned, chain.BeaconMessage("relay", round+1))
	chain.MustRefuse(types.ErrNotPinned, chain.BeaconMessage("relay", 0))

	trailing := *good
	trailing.Signature = append(append([]byte{}, good.Signature...), 0)
	chain.MustRefuse(types.ErrSignatureForm, &trailing)
	infinity := *good
	infinity.Signature = append([]byte{0xc0}, make([]byte, 47)...)
	chain.MustRefuse(types.ErrSignatureForm, &infinity)
	wrong := *good
	wrong.Signature = chain.BeaconMessage("relay", round+1).Signature
	chain.MustRefuse(types.ErrSignatureInvalid, &wrong)

	chain.MustDeliver(good)
}

func TestGasIsChargedBeforeVerification(t *testing.T) {
	chain := start(t)
	round := pin(chain, 1)
	chain.Block()
	junk := chain.BeaconMessage("relay", round)
	junk.Signature = make([]byte, 48)
	result := chain.Block(chain.SignWithGas(90_000, junk))
	require.Equal(t, sdkerrors.ErrOutOfGas.ABCICode(), result.Txs[0].Code, "the meter must run out before the point is decoded: %s", result.Txs[0].Log)
}

func TestUnpin(t *testing.T) {
	chain := start(t)
	round := pin(chain, 2)
	unpin := func(ctx sdk.Context) error { return chain.App.BeaconKeeper.Unpin(ctx, round) }
	chain.Write(unpin)
	chain.Block()
	require.EqualValues(t, 1, chain.Pins()[0].Jobs)
	chain.Write(unpin)
	chain.Block()
	require.Empty(t, chain.Pins())
	require.ErrorIs(t, unpin(chain.Context()), types.ErrNotPinned)
	chain.MustRefuse(types.ErrNotPinned, chain.BeaconMessage("relay", round))
}

func TestRelayIsReimbursedOnce(t *testing.T) {
	chain := start(t)
	round := pin(chain, 1)
	chain.Block()
	chain.MustDeliver(chain.BeaconMessage("relay", round))
	take := func(ctx sdk.Context, amount int64) bool {
		poster, ok, err := chain.App.BeaconKeeper.TakeReimbursement(ctx, round, 7, math.NewInt(amount))
		require.NoError(t, err)
		if ok {
			require.Equal(t, chain.Address("relay"), poster.String())
		}
		return ok
	}
	chain.Write(func(ctx sdk.Context) error {
		require.False(t, take(ctx, 0), "nothing to pay must not use up the relay's claim")
		require.True(t, take(ctx, 5))
		require.False(t, take(ctx, 5))
		require.Equal(t, "5", apptest.One[*types.EventRelayReimbursed](t, ctx.EventManager().ABCIEvents()).Amount)
		return nil
	})
}

func TestNewScheduleVoidsPinsAndNeverReusesARound(t *testing.T) {
	chain := start(t)
	round := pin(chain, 1)
	chain.Block()
	params, err := chain.App.BeaconKeeper.Params(chain.Context())
	require.NoError(t, err)
	update := func(change func(*types.Params)) error {
		next := params
		change(&next)
		_, err := chain.Exec(&types.MsgUpdateParams{Authority: app.Authority(), Params: next})
		return err
	}
	other, err := drand.DeriveSecretKey([]byte("another"))
	require.NoError(t, err)
	require.ErrorIs(t, update(func(p *types.Params) { p.PublicKey = other.PublicKey() }), types.ErrInvalidParams, "a new key under the old schedule could make public what jobs wait for")
	require.ErrorIs(t, update(func(p *types.Params) { p.GenesisTime = p.GenesisTime.Add(time.Hour) }), types.ErrInvalidParams, "numbers would be used twice")
	require.NoError(t, update(func(p *types.Params) { p.GenesisTime = p.GenesisTime.Add(-time.Hour) }))
	chain.Block()
	chain.MustRefuse(types.ErrStalePin, chain.BeaconMessage("relay", round))
}

func TestUpdateParamsIsGovernancesAlone(t *testing.T) {
	chain := start(t)
	result := chain.Deliver(&types.MsgUpdateParams{Authority: chain.Address("relay"), Params: types.DefaultParams()})
	require.Equal(t, sdkerrors.ErrUnauthorized.ABCICode(), result.Txs[0].Code, result.Txs[0].Log)
}

func TestGenesisRoundTrip(t *testing.T) {
	chain := start(t)
	recorded := pin(chain, 1)
	chain.Block()
	chain.MustDeliver(chain.BeaconMessage("relay", recorded))
	chain.Wait(5 * time.Second)
	chain.Block()
	waiting := pin(chain, 3)
	chain.Block()
	require.NotEqual(t, recorded, waiting)

	before, err := chain.App.BeaconKeeper.ExportGenesis(chain.Context())
	require.NoError(t, err)
	require.Len(t, before.Rounds, 1)
	require.Len(t, before.Pins, 2)
	next := chain.Restart()
	after, err := next.App.BeaconKeeper.ExportGenesis(next.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)

	for name, change := range map[string]func(*types.GenesisState){
		"rounds out of order":   func(g *types.GenesisState) { g.Rounds = append(g.Rounds, g.Rounds[0]) },
		"randomness not hash":   func(g *types.GenesisState) { g.Rounds[0].Randomness = make([]byte, 32) },
		"signature not a point": func(g *types.GenesisState) { g.Rounds[0].Signature = make([]byte, 48) },
		"poster":                func(g *types.GenesisState) { g.Rounds[0].Poster = "nobody" },
		"pin without jobs":      func(g *types.GenesisState) { g.Pins[0].Jobs = 0 },
	} {
		broken, err := chain.App.BeaconKeeper.ExportGenesis(chain.Context())
		require.NoError(t, err)
		change(broken)
		require.Error(t, broken.Validate(), name)
	}
}
