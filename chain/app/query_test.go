package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/gogoproto/proto"

	"github.com/assay-chain/assay/chain/app/apptest"
	beacontypes "github.com/assay-chain/assay/chain/x/beacon/types"
	disputetypes "github.com/assay-chain/assay/chain/x/dispute/types"
)

func TestDryRunIsRefusedWhereItWouldStopConsensus(t *testing.T) {
	chain := apptest.New(t, apptest.Options{})
	request, err := proto.Marshal(&disputetypes.QueryDryRunRequest{JobId: 1, Proof: []byte{1}})
	require.NoError(t, err)
	response, err := chain.App.Query(t.Context(), &abci.RequestQuery{Path: "/assay.dispute.v1.Query/DryRun", Data: request})
	require.NoError(t, err)
	require.NotZero(t, response.Code)
	require.Contains(t, response.Log, "gRPC")
	// The path is the real one: the router knows it, for gRPC and REST.
	require.NotNil(t, chain.App.GRPCQueryRouter().Route("/assay.dispute.v1.Query/DryRun"))

	response, err = chain.App.Query(t.Context(), &abci.RequestQuery{Path: "/assay.beacon.v1.Query/Params"})
	require.NoError(t, err)
	require.Zero(t, response.Code, response.Log)
	var params beacontypes.QueryParamsResponse
	require.NoError(t, proto.Unmarshal(response.Value, &params))
	require.EqualValues(t, 1000, params.Params.PeriodMs)
}
