package compute_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"cosmossdk.io/math"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// net is the whole application with a published program and a registered worker: real registry, beacon and disputes.
type net struct {
	*apptest.Chain
	t testing.TB
}

const rich = 100_000_000_000

func newNet(t testing.TB, validators int) *net {
	n := &net{apptest.New(t, apptest.Options{Validators: validators, Accounts: map[string]int64{"requester": rich, "worker": rich, "relay": rich}}), t}
	n.MustDeliver(&registrytypes.MsgPublishArtifact{
		Publisher: n.Address("requester"), Kind: registrytypes.ARTIFACT_KIND_MODEL, Name: "add", Licence: "MIT", Program: record(t), WeightsRoot: root("weights"),
		DefaultTolerance: registrytypes.Tolerance{Abs: math.LegacyMustNewDecFromStr("0.00001"), Rel: math.LegacyMustNewDecFromStr("0.001")},
	})
	n.MustDeliver(&types.MsgRegisterWorker{Worker: n.Address("worker"), Endpoint: "http://127.0.0.1:1"})
	return n
}

func root(name string) []byte { h := sha256.Sum256([]byte(name)); return h[:] }

// record is the program `add` of the golden vectors: one input, one weight, one output.
func record(t testing.TB) []byte {
	t.Helper()
	bz, err := os.ReadFile(filepath.Join("..", "..", "..", "test", "vectors", "records.json"))
	require.NoError(t, err)
	var vectors struct {
		Valid []struct{ Name, Record string }
	}
	require.NoError(t, json.Unmarshal(bz, &vectors))
	require.Equal(t, "add", vectors.Valid[0].Name)
	record, err := hex.DecodeString(vectors.Valid[0].Record)
	require.NoError(t, err)
	return record
}

func (n *net) job(id uint64) types.Job {
	n.t.Helper()
	j, err := n.App.ComputeKeeper.GetJob(n.Context(), id)
	require.NoError(n.t, err)
	return j
}

func (n *net) submit() uint64 {
	n.t.Helper()
	r := n.MustDeliver(&types.MsgSubmitJob{Requester: n.Address("requester"), ArtifactId: 1, JobFee: math.NewInt(1_000_007), Profile: "ieee-fp32",
		Inputs: []types.JobInput{{DataRoot: root("input"), Uris: []string{"http://127.0.0.1:1/x"}}}})
	return apptest.Response(n.t, r.Txs[0], 0, &types.MsgSubmitJobResponse{}).JobId
}

func (n *net) committed() uint64 {
	n.t.Helper()
	id := n.submit()
	n.MustDeliver(&types.MsgClaimJob{Worker: n.Address("worker"), JobId: id, Bond: math.NewInt(40_000_000)})
	j := n.job(id)
	m := &types.MsgCommitResult{Worker: n.Address("worker"), JobId: id, OutputDataRoots: [][]byte{root("output")},
		Execution: types.Execution{Profile: "ieee-fp32", Runtime: "go", Version: "1", LibraryHash: root("lib"), InstructionSet: "any", Threads: 1}}
	execution, err := types.ExecutionHash(m.Execution)
	require.NoError(n.t, err)
	output, err := types.RootOfRoots("output", m.OutputDataRoots)
	require.NoError(n.t, err)
	m.Commitment, err = types.ResultParts{ChainID: apptest.ChainID, JobID: id, Worker: n.Account("worker").Address, ProgramRoot: j.Program.Root, WeightsRoot: j.WeightsRoot,
		ExecutionHash: execution, InputRoot: j.InputRoot, OutputRoot: output}.Commitment()
	require.NoError(n.t, err)
	n.MustDeliver(m)
	return id
}

// drawn waits until the round's nominal time has come and relays it.
func (n *net) drawn(id uint64) types.Job {
	n.t.Helper()
	for range 20 {
		if j := n.job(id); j.DrawnHeight != 0 {
			return j
		}
		n.PostDueBeacons("relay")
	}
	n.t.Fatalf("job %d was not drawn: %+v", id, n.job(id))
	return types.Job{}
}

// One job on the whole chain: real rounds, real signatures, and a restart from an export in the middle of its window.
func TestLifeOnTheWholeChain(t *testing.T) {
	n := newNet(t, 4)
	id := n.committed()
	j := n.drawn(id)
	require.EqualValues(t, 4, j.Duties, "a development network draws every verifier")
	require.Empty(t, n.Pins(), "nobody waits for a round any more")
	worker, relay, first := n.Balance("worker"), n.Balance("relay"), n.Balance("validator-0")
	n.MustDeliver(&types.MsgAttest{Operator: n.Address("validator-0"), JobId: id, Verdict: types.VERDICT_VALID})
	n.MustRefuse(types.ErrAttested, &types.MsgAttest{Operator: n.Address("validator-0"), JobId: id, Verdict: types.VERDICT_VALID})
	n.MustRefuse(types.ErrNoDuty, &types.MsgAttest{Operator: n.Address("relay"), JobId: id, Verdict: types.VERDICT_VALID})

	n = &net{n.Restart(), t}
	require.Equal(t, types.JOB_STATE_COMMITTED, n.job(id).State)
	n.AdvanceTo(j.Ready - 1)
	require.Equal(t, types.JOB_STATE_COMMITTED, n.job(id).State)
	events := n.Advance(1)
	require.Equal(t, types.JOB_STATE_FINAL, n.job(id).State)
	require.Equal(t, j.Ready, n.job(id).EndHeight)
	// 1,000,007: worker 900,006, the one verifier that attested 80,000, pool 20,000 less 2,000 for the relay, 1 burned.
	sum := map[string]string{}
	for _, e := range apptest.Find[*types.EventPayment](t, events) {
		sum[e.Recipient+" "+e.Purpose] = e.Amount
	}
	require.Equal(t, map[string]string{n.Address("worker") + " fee": "900006", n.Address("worker") + " bond": "40000000", n.Address("worker") + " deposit": "1000000",
		n.Address("validator-0") + " verifier": "80000", n.Address("relay") + " relay": "2000", "pool fee": "18000", "burn dust": "1"}, sum)
	require.EqualValues(t, 900_006+41_000_000, n.Balance("worker").Sub(worker).Int64())
	require.EqualValues(t, 2_000, n.Balance("relay").Sub(relay).Int64())
	require.EqualValues(t, 80_000, n.Balance("validator-0").Sub(first).Int64())
}

// Governance bans an artifact by a real vote: OPEN jobs end VOID, and new ones are refused.
func TestBanByGovernance(t *testing.T) {
	n := newNet(t, 1)
	open := n.submit()
	j := n.job(open)
	before := n.Balance("requester")
	authority := authtypes.NewModuleAddress(govtypes.ModuleName).String()
	_, events := n.Govern("ban", &registrytypes.MsgSetPolicy{Authority: authority, Policy: registrytypes.Policy{Digest: j.ArtifactDigest, Status: registrytypes.POLICY_STATUS_BANNED, Reason: "test"}})
	updated := apptest.One[*types.EventJobUpdated](t, events)
	require.Equal(t, "void", updated.Cause)
	require.Equal(t, types.END_REASON_BANNED, n.job(open).Reason)
	require.EqualValues(t, 1_000_007, n.Balance("requester").Sub(before).Int64())
	n.MustRefuse(types.ErrPolicy, &types.MsgSubmitJob{Requester: n.Address("requester"), ArtifactId: 1, JobFee: math.NewInt(1_000_007), Profile: "ieee-fp32", Inputs: []types.JobInput{{DataRoot: root("input")}}})
}

// Without a relay the beacon's three rounds pass, and everybody gets back what they paid in.
func TestNoBeaconOnTheWholeChain(t *testing.T) {
	n := newNet(t, 1)
	before := n.Balance("worker")
	id := n.committed()
	n.Advance(2 + 3*int(types.DevnetParams().BeaconBlocks) + 2)
	require.Equal(t, types.END_REASON_BEACON, n.job(id).Reason)
	require.Empty(t, n.Pins())
	require.Equal(t, before.String(), n.Balance("worker").String())
}

// Two chains that are fed the same come to the same application hash.
func TestSameMessagesSameHash(t *testing.T) {
	hash := func() string {
		n := newNet(t, 3)
		id := n.committed()
		n.drawn(id)
		n.submit()
		n.MustDeliver(&types.MsgAttest{Operator: n.Address("validator-1"), JobId: id, Verdict: types.VERDICT_VALID})
		n.Advance(45)
		require.Equal(t, types.JOB_STATE_FINAL, n.job(id).State)
		return hex.EncodeToString(n.App.LastCommitID().Hash)
	}
	require.Equal(t, hash(), hash())
}
