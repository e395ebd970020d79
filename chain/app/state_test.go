package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/apptest"
	computetypes "github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

func sum(text string) []byte { h := sha256.Sum256([]byte(text)); return h[:] }

// busy is a chain with a finished job, one in its window, and one that waits for a worker.
func busy(t *testing.T) *apptest.Chain {
	chain := apptest.New(t, apptest.Options{Validators: 2, Accounts: map[string]int64{"alice": 1e12, "bob": 1e12}})
	content, err := os.ReadFile("../../test/vectors/records.json")
	require.NoError(t, err)
	var records struct {
		Valid []struct{ Name, Record string }
	}
	require.NoError(t, json.Unmarshal(content, &records))
	require.Equal(t, "add", records.Valid[0].Name)
	program, err := hex.DecodeString(records.Valid[0].Record)
	require.NoError(t, err)
	result := chain.MustDeliver(&registrytypes.MsgPublishArtifact{
		Publisher: chain.Address("alice"), Kind: registrytypes.ARTIFACT_KIND_MODEL, Name: "adder", Licence: "MIT", Program: program, WeightsRoot: sum("weights"),
		DefaultTolerance: registrytypes.Tolerance{Abs: math.LegacyNewDecWithPrec(1, 5), Rel: math.LegacyZeroDec()},
	})
	artifact := apptest.One[*registrytypes.EventArtifactPublished](t, result.Events).Artifact
	run := apptest.JobRun{Requester: "alice", Worker: "bob", ArtifactID: artifact.Id, Inputs: [][]byte{sum("in")}, Outputs: [][]byte{sum("out")}}
	chain.RunJob(run)
	chain.CommitJob(run)
	chain.MustDeliver(&computetypes.MsgSubmitJob{
		Requester: chain.Address("alice"), ArtifactId: artifact.Id, Inputs: []computetypes.JobInput{{DataRoot: sum("in"), Uris: []string{"http://localhost/in"}}},
		JobFee: math.NewInt(10_000_000), Profile: "ieee-fp32",
	})
	return chain
}

func TestGenesisRoundTripWithRunningJobs(t *testing.T) {
	chain := busy(t)
	first := export(t, chain)
	next := chain.Restart()
	// The restarted chain has made one block more; none of these modules may have changed by more than that block's work.
	chain.Block()
	want, got := export(t, chain), export(t, next)
	for _, name := range []string{"registry", "beacon", "compute", "dispute", "bank"} {
		require.NotEmpty(t, first[name], name)
		require.JSONEq(t, string(want[name]), string(got[name]), "%s after export, import and a block", name)
	}
	// Both go on alike: the job in its window becomes FINAL at the same height with the same balances.
	for range 60 {
		chain.PostDueBeacons("bob")
		next.PostDueBeacons("bob")
	}
	require.Equal(t, computetypes.JOB_STATE_FINAL, chain.Job(2).State)
	require.Equal(t, computetypes.JOB_STATE_EXPIRED, chain.Job(3).State)
	require.Equal(t, chain.Job(2), next.Job(2))
	require.Equal(t, chain.Job(3), next.Job(3))
	for _, name := range []string{"alice", "bob", "compute", "distribution"} {
		require.Equal(t, chain.Balance(name).String(), next.Balance(name).String(), name)
	}
}

// Two nodes that execute the same blocks agree on every byte of state.
func TestAppHashIsDeterministic(t *testing.T) {
	a, b := busy(t), busy(t)
	require.Equal(t, a.Height(), b.Height())
	require.Equal(t, a.App.LastCommitID().Hash, b.App.LastCommitID().Hash)
}

// The pre-block hook runs: a node without the upgrade's handler stops at its height. (With BaseApp's getter in place of
// our method it would go on in the old rules.)
func TestUpgradeStopsTheNode(t *testing.T) {
	chain := apptest.New(t, apptest.Options{})
	_, err := chain.Exec(&upgradetypes.MsgSoftwareUpgrade{Authority: app.Authority(), Plan: upgradetypes.Plan{Name: "next", Height: chain.Height() + 3}})
	require.NoError(t, err)
	chain.Advance(2)
	stopped := func() (err error) {
		defer func() {
			if reason := recover(); reason != nil {
				err, _ = reason.(error)
				if err == nil {
					err = panicked{reason}
				}
			}
		}()
		_, err = chain.App.FinalizeBlock(&abci.RequestFinalizeBlock{Height: chain.Height() + 1, Time: chain.Now()})
		return err
	}()
	require.ErrorContains(t, stopped, "next")
}

// A sidecar sends several transactions of one key at once: unordered ones have no sequence, and each is accepted once.
func TestUnorderedTransactions(t *testing.T) {
	chain := apptest.New(t, apptest.Options{Accounts: map[string]int64{"alice": 1000, "bob": 1}})
	send := func(nanos int) []byte {
		return chain.SignUnordered(chain.Now().Add(time.Minute+time.Duration(nanos)), banktypes.NewMsgSend(chain.Account("alice").Address, chain.Account("bob").Address, sdk.NewCoins(sdk.NewInt64Coin(app.Denom, 10))))
	}
	first, second := send(1), send(2)
	for _, tx := range chain.Block(first, second).Txs {
		require.Zero(t, tx.Code, tx.Log)
	}
	require.Equal(t, "21", chain.Balance("bob").String())
	require.NotZero(t, chain.Block(first).Txs[0].Code, "the same transaction again")
	require.Equal(t, "21", chain.Balance("bob").String())

	// Nonces are deleted when they expire, which is PreBlock's work.
	kept := func() (n int) {
		require.NoError(t, chain.App.AccountKeeper.UnorderedNonces.Walk(chain.Context(), nil, func(collections.Pair[int64, []byte]) (bool, error) { n++; return false, nil }))
		return n
	}
	require.Equal(t, 2, kept())
	chain.Wait(2 * time.Minute)
	chain.Advance(2)
	require.Zero(t, kept())
}

type panicked struct{ reason any }

func (p panicked) Error() string { return p.reason.(string) }
