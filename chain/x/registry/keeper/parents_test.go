package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/app/apptest"
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/x/registry/types"
)

func TestDeclaredAndMatchedParents(t *testing.T) {
	chain := start(t)
	source, prove := dataset(t, chain, file("LICENSE"), file("model.onnx"), file("readme.md"))
	origin := publish(t, chain, source)

	declared := model(t, chain)
	declared.Parents = []types.ParentClaim{{Role: types.PARENT_ROLE_TRAINED_ON, ArtifactId: origin.Id}}
	edge := publish(t, chain, declared).Parents[0]
	require.Equal(t, types.EVIDENCE_DECLARED, edge.Evidence)

	matched := model(t, chain)
	matched.SourceDigest = sum("model.onnx")
	matched.Parents = []types.ParentClaim{{Role: types.PARENT_ROLE_CONVERTED_FROM, ArtifactId: origin.Id, Match: prove(1)}}
	edge = publish(t, chain, matched).Parents[0]
	require.Equal(t, types.EVIDENCE_MATCHED, edge.Evidence)
	require.Equal(t, "model.onnx", edge.Path)

	// The right entry of the manifest, but not this artifact's source.
	matched.Parents[0].Match = prove(2)
	chain.MustRefuse(types.ErrEntryMismatch, matched)
	matched.Parents[0].Match = prove(1)
	matched.Parents[0].Match.Hashes[0] = sum("forged")
	chain.MustRefuse(types.ErrEntryMismatch, matched)
	matched.Parents[0].Match = prove(1)
	matched.SourceDigest = nil
	chain.MustRefuse(types.ErrEntryMismatch, matched)
}

func TestParentsAreCheckedForExistenceAndOrder(t *testing.T) {
	chain := start(t)
	data := publish(t, chain, first(dataset(t, chain, file("a"))))
	for name, c := range map[string]struct {
		expected error
		claims   []types.ParentClaim
	}{
		"zero":              {types.ErrUnknownArtifact, []types.ParentClaim{{Role: types.PARENT_ROLE_TRAINED_ON}}},
		"itself":            {types.ErrInvalidParent, []types.ParentClaim{{Role: types.PARENT_ROLE_CONVERTED_FROM, ArtifactId: data.Id + 1}}},
		"the future":        {types.ErrInvalidParent, []types.ParentClaim{{Role: types.PARENT_ROLE_CONVERTED_FROM, ArtifactId: 1 << 60}}},
		"no role":           {types.ErrInvalidParent, []types.ParentClaim{{ArtifactId: data.Id}}},
		"unknown role":      {types.ErrInvalidParent, []types.ParentClaim{{Role: 42, ArtifactId: data.Id}}},
		"tuned from data":   {types.ErrInvalidParent, []types.ParentClaim{{Role: types.PARENT_ROLE_FINE_TUNED_FROM, ArtifactId: data.Id}}},
		"job with artifact": {types.ErrInvalidParent, []types.ParentClaim{{Role: types.PARENT_ROLE_TRAINED_ON, ArtifactId: data.Id, JobId: 1}}},
		"artifact with job": {types.ErrInvalidParent, []types.ParentClaim{{Role: types.PARENT_ROLE_PRODUCED_BY, ArtifactId: data.Id, JobId: 1}}},
		"twice": {types.ErrInvalidParent, []types.ParentClaim{
			{Role: types.PARENT_ROLE_TRAINED_ON, ArtifactId: data.Id}, {Role: types.PARENT_ROLE_TRAINED_ON, ArtifactId: data.Id},
		}},
	} {
		msg := model(t, chain)
		msg.Parents = c.claims
		log := chain.MustRefuse(c.expected, msg)
		require.Contains(t, log, "parent ", name)
	}
	msg := model(t, chain)
	msg.Parents = []types.ParentClaim{{Role: types.PARENT_ROLE_PRODUCED_BY, JobId: 12}}
	require.NotZero(t, chain.Deliver(msg).Txs[0].Code, "a job that does not exist")
}

// A job of zero tolerance makes its result JUDGED, one that allows a distance only MATCHED.
func TestProducedBy(t *testing.T) {
	chain := start(t)
	adder := publish(t, chain, model(t, chain))
	zero := types.ZeroTolerance()
	loose := types.Tolerance{Abs: math.LegacyNewDecWithPrec(1, 5), Rel: math.LegacyZeroDec()}
	for _, c := range []struct {
		tolerance types.Tolerance
		evidence  types.Evidence
	}{{zero, types.EVIDENCE_JUDGED}, {loose, types.EVIDENCE_MATCHED}} {
		output := sum("output")
		job := chain.RunJob(apptest.JobRun{Requester: "alice", Worker: "bob", ArtifactID: adder.Id, Inputs: [][]byte{sum("input")}, Outputs: [][]byte{output}, Tolerance: &c.tolerance})
		claim := types.ParentClaim{Role: types.PARENT_ROLE_PRODUCED_BY, JobId: job.Id}

		trained := model(t, chain)
		trained.Parents = []types.ParentClaim{claim}
		chain.MustRefuse(types.ErrNotProduced, trained)
		root := merkle.RootOfRoots([]merkle.Hash{merkle.Hash(output)})
		trained.WeightsRoot = root[:]
		require.Equal(t, c.evidence, publish(t, chain, trained).Parents[0].Evidence)

		report, prove := dataset(t, chain, types.Entry{Path: "metric.bin", Size_: 4, Digest: sum("bytes"), DataRoot: output})
		report.Kind = types.ARTIFACT_KIND_REPORT
		claim.Match = prove(0)
		report.Parents = []types.ParentClaim{claim}
		require.Equal(t, c.evidence, publish(t, chain, report).Parents[0].Evidence)

		other, proveOther := dataset(t, chain, types.Entry{Path: "metric.bin", Size_: 4, Digest: sum("bytes"), DataRoot: sum("something else")})
		claim.Match = proveOther(0)
		other.Parents = []types.ParentClaim{claim}
		chain.MustRefuse(types.ErrNotProduced, other)
	}

	running := chain.CommitJob(apptest.JobRun{Requester: "alice", Worker: "bob", ArtifactID: adder.Id, Inputs: [][]byte{sum("input")}, Outputs: [][]byte{sum("output")}})
	early := model(t, chain)
	early.Parents = []types.ParentClaim{{Role: types.PARENT_ROLE_PRODUCED_BY, JobId: running.Id}}
	chain.MustRefuse(types.ErrNotProduced, early)
}

func first[A, B any](a A, _ B) A { return a }
