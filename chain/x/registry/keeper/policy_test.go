package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/query"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/x/registry/keeper"
	"github.com/assay-chain/assay/chain/x/registry/types"
)

func TestPolicyIsGovernancesAlone(t *testing.T) {
	chain := start(t)
	policy := types.Policy{Digest: sum("bad"), Status: types.POLICY_STATUS_BANNED, Reason: "steals"}
	result := chain.Deliver(&types.MsgSetPolicy{Authority: chain.Address("alice"), Policy: policy})
	require.Equal(t, sdkerrors.ErrUnauthorized.ABCICode(), result.Txs[0].Code, result.Txs[0].Log)

	proposal, events := chain.Govern("ban it", &types.MsgSetPolicy{Authority: app.Authority(), Policy: policy})
	require.Equal(t, govv1.StatusPassed, proposal.Status, proposal.FailedReason)
	require.Equal(t, policy, apptest.One[*types.EventPolicySet](t, events).Policy)

	queries := keeper.NewQueryServer(chain.App.RegistryKeeper)
	kept, err := queries.Policy(chain.Context(), &types.QueryPolicyRequest{Digest: hex.EncodeToString(policy.Digest)})
	require.NoError(t, err)
	require.Equal(t, policy, kept.Policy)
	none, err := queries.Policy(chain.Context(), &types.QueryPolicyRequest{Digest: hex.EncodeToString(sum("good"))})
	require.NoError(t, err)
	require.Equal(t, types.POLICY_STATUS_ALLOWED, none.Policy.Status)
	list, err := queries.Policies(chain.Context(), &types.QueryPoliciesRequest{})
	require.NoError(t, err)
	require.Len(t, list.Policies, 1)
	for _, bad := range []string{"", "zz", hex.EncodeToString(sum("x"))[1:], "AB" + hex.EncodeToString(sum("x"))[2:]} {
		_, err := queries.Policy(chain.Context(), &types.QueryPolicyRequest{Digest: bad})
		require.ErrorContains(t, err, "expected", "%q", bad)
	}
}

func TestMaxToleranceIsThePolicysOrTheParameters(t *testing.T) {
	chain := start(t)
	artifact := publish(t, chain, model(t, chain))
	limit, err := chain.App.RegistryKeeper.MaxTolerance(chain.Context(), artifact.Digest)
	require.NoError(t, err)
	require.Equal(t, types.DefaultParams().MaxTolerance, limit)

	tight := types.Tolerance{Abs: math.LegacyZeroDec(), Rel: math.LegacyNewDecWithPrec(1, 6)}
	_, err = chain.Exec(&types.MsgSetPolicy{Authority: app.Authority(), Policy: types.Policy{Digest: artifact.Digest, Status: types.POLICY_STATUS_ALLOWED, MaxTolerance: &tight}})
	require.NoError(t, err)
	chain.Block()
	limit, err = chain.App.RegistryKeeper.MaxTolerance(chain.Context(), artifact.Digest)
	require.NoError(t, err)
	require.Equal(t, tight, limit)
	chain.MustRefuse(types.ErrInvalidTolerance, model(t, chain))
}

func TestCloseArtifact(t *testing.T) {
	chain := start(t)
	artifact := publish(t, chain, model(t, chain))
	chain.Write(func(ctx sdk.Context) error {
		require.NoError(t, chain.App.RegistryKeeper.CloseArtifact(ctx, artifact.Id, "NaN in weight 0"))
		require.NoError(t, chain.App.RegistryKeeper.CloseArtifact(ctx, artifact.Id, "again"))
		event := apptest.One[*types.EventArtifactStatusChanged](t, ctx.EventManager().ABCIEvents())
		require.Equal(t, "NaN in weight 0", event.Reason)
		require.ErrorIs(t, chain.App.RegistryKeeper.CloseArtifact(ctx, 99, ""), types.ErrUnknownArtifact)
		return nil
	})
	chain.Block()
	kept, err := chain.App.RegistryKeeper.GetArtifact(chain.Context(), artifact.Id)
	require.NoError(t, err)
	require.Equal(t, types.ARTIFACT_STATUS_CLOSED, kept.Status)
}

func TestMatchEntryWantsADataset(t *testing.T) {
	chain := start(t)
	msg, prove := dataset(t, chain, file("a"), file("b"))
	data := publish(t, chain, msg)
	report, proveReport := dataset(t, chain, file("c"))
	report.Kind = types.ARTIFACT_KIND_REPORT
	other := publish(t, chain, report)
	adder := publish(t, chain, model(t, chain))
	match := func(id uint64, proof *types.EntryProof) error {
		return chain.App.RegistryKeeper.MatchEntry(chain.Context(), id, proof)
	}
	require.NoError(t, match(data.Id, prove(1)))
	require.ErrorIs(t, match(data.Id, proveReport(0)), types.ErrEntryMismatch)
	require.ErrorIs(t, match(other.Id, proveReport(0)), types.ErrInvalidKind)
	require.ErrorIs(t, match(adder.Id, prove(0)), types.ErrInvalidKind)
	require.ErrorIs(t, match(77, prove(0)), types.ErrUnknownArtifact)
}

func TestGenesisRoundTripAndPages(t *testing.T) {
	chain := start(t)
	for range 3 {
		publish(t, chain, model(t, chain))
	}
	_, err := chain.Exec(&types.MsgSetPolicy{Authority: app.Authority(), Policy: types.Policy{Digest: sum("bad"), Status: types.POLICY_STATUS_DEPRECATED}})
	require.NoError(t, err)
	chain.Block()
	before, err := chain.App.RegistryKeeper.ExportGenesis(chain.Context())
	require.NoError(t, err)
	next := chain.Restart()
	after, err := next.App.RegistryKeeper.ExportGenesis(next.Context())
	require.NoError(t, err)
	require.Equal(t, before.String(), after.String())
	require.EqualValues(t, 4, publish(t, next, model(t, next)).Id)

	page, err := keeper.NewQueryServer(chain.App.RegistryKeeper).Artifacts(chain.Context(), &types.QueryArtifactsRequest{Pagination: &query.PageRequest{Limit: 2}})
	require.NoError(t, err)
	require.Len(t, page.Artifacts, 2)
	require.NotEmpty(t, page.Pagination.NextKey)

	for name, change := range map[string]func(*types.GenesisState){
		"id reused":     func(g *types.GenesisState) { g.NextArtifactId = 3 },
		"next id 0":     func(g *types.GenesisState) { g.NextArtifactId = 0 },
		"digest":        func(g *types.GenesisState) { g.Artifacts[0].Digest = sum("x") },
		"order":         func(g *types.GenesisState) { g.Artifacts[0].Id = 2 },
		"cycle":         func(g *types.GenesisState) { g.Artifacts[0].Parents = []types.Parent{{ArtifactId: 1}} },
		"no program":    func(g *types.GenesisState) { g.Artifacts[0].Program = nil },
		"status":        func(g *types.GenesisState) { g.Artifacts[0].Status = 0 },
		"policy twice":  func(g *types.GenesisState) { g.Policies = append(g.Policies, g.Policies[0]) },
		"policy digest": func(g *types.GenesisState) { g.Policies[0].Digest = nil },
	} {
		broken, err := chain.App.RegistryKeeper.ExportGenesis(chain.Context())
		require.NoError(t, err)
		change(broken)
		require.Error(t, broken.Validate(), name)
	}
}
