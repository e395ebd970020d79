package keeper

import (
	"bytes"
	"context"
	"slices"

	"cosmossdk.io/errors"

	"github.com/assay-chain/assay/chain/x/registry/types"
)

// judgeParents turns a publisher's claims into edges and decides the evidence behind each. The graph has no cycle by
// construction: a parent's id is smaller than the artifact's own.
func (k *Keeper) judgeParents(ctx context.Context, artifact types.Artifact, claims []types.ParentClaim) ([]types.Parent, error) {
	parents := make([]types.Parent, 0, len(claims))
	for i, claim := range claims {
		parent, err := k.judgeParent(ctx, artifact, claim)
		if err != nil {
			return nil, wrapParent(err, i)
		}
		if slices.ContainsFunc(parents, func(other types.Parent) bool {
			return other.Role == parent.Role && other.ArtifactId == parent.ArtifactId && other.JobId == parent.JobId
		}) {
			return nil, wrapParent(types.ErrInvalidParent.Wrap("expected each edge once, found it twice"), i)
		}
		parents = append(parents, parent)
	}
	return parents, nil
}

func (k *Keeper) judgeParent(ctx context.Context, artifact types.Artifact, claim types.ParentClaim) (types.Parent, error) {
	if claim.Role == types.PARENT_ROLE_PRODUCED_BY {
		return k.judgeProduced(ctx, artifact, claim)
	}
	edge := types.Parent{Role: claim.Role, ArtifactId: claim.ArtifactId, Evidence: types.EVIDENCE_DECLARED}
	if claim.JobId != 0 {
		return edge, types.ErrInvalidParent.Wrapf("job_id: expected none for %s, found %d", claim.Role, claim.JobId)
	}
	if claim.ArtifactId >= artifact.Id {
		return edge, types.ErrInvalidParent.Wrapf("artifact_id: expected a publication older than this one (%d), found %d", artifact.Id, claim.ArtifactId)
	}
	parent, err := k.GetArtifact(ctx, claim.ArtifactId)
	if err != nil {
		return edge, err
	}
	if err := expectKind(claim.Role, parent); err != nil {
		return edge, err
	}
	if claim.Match == nil {
		return edge, nil
	}
	if err := verifyEntry(parent, claim.Match); err != nil {
		return edge, err
	}
	if !bytes.Equal(claim.Match.Entry.Digest, artifact.SourceDigest) {
		return edge, types.ErrEntryMismatch.Wrapf("match: expected the entry %q to have this artifact's source_digest %x, found %x",
			claim.Match.Entry.Path, artifact.SourceDigest, claim.Match.Entry.Digest)
	}
	edge.Evidence, edge.Path = types.EVIDENCE_MATCHED, claim.Match.Entry.Path
	return edge, nil
}

// expectKind checks that a parent can have played its role.
func expectKind(role types.ParentRole, parent types.Artifact) error {
	var allowed []types.ArtifactKind
	switch role {
	case types.PARENT_ROLE_TRAINED_ON, types.PARENT_ROLE_EVALUATED_ON:
		allowed = []types.ArtifactKind{types.ARTIFACT_KIND_DATASET}
	case types.PARENT_ROLE_FINE_TUNED_FROM:
		allowed = []types.ArtifactKind{types.ARTIFACT_KIND_MODEL}
	case types.PARENT_ROLE_AGGREGATED_FROM:
		allowed = []types.ArtifactKind{types.ARTIFACT_KIND_MODEL, types.ARTIFACT_KIND_ADAPTER, types.ARTIFACT_KIND_DATASET, types.ARTIFACT_KIND_REPORT}
	case types.PARENT_ROLE_CONVERTED_FROM:
		return nil
	default:
		return types.ErrInvalidParent.Wrapf("role: expected one of the roles, found %s", role)
	}
	if !slices.Contains(allowed, parent.Kind) {
		return types.ErrInvalidParent.Wrapf("%s: expected a parent of kind %v, found artifact %d of kind %s", role, allowed, parent.Id, parent.Kind)
	}
	return nil
}

// judgeProduced accepts PRODUCED_BY only where the artifact is the output of a FINAL job: weights root and output root are
// the same tree over data roots, or a manifest of one entry whose data root is the job's one output. It is JUDGED if the
// job had zero tolerance (hence an eager trace), else MATCHED.
func (k *Keeper) judgeProduced(ctx context.Context, artifact types.Artifact, claim types.ParentClaim) (types.Parent, error) {
	edge := types.Parent{Role: claim.Role, JobId: claim.JobId, Evidence: types.EVIDENCE_MATCHED}
	if claim.ArtifactId != 0 {
		return edge, types.ErrInvalidParent.Wrapf("artifact_id: expected none for PRODUCED_BY, found %d", claim.ArtifactId)
	}
	output, err := k.compute.GetProducedOutput(ctx, claim.JobId)
	if err != nil {
		return edge, err
	}
	if !output.Final {
		return edge, types.ErrNotProduced.Wrapf("job %d: expected a FINAL job", claim.JobId)
	}
	if artifact.Kind.IsProgram() {
		if claim.Match != nil {
			return edge, types.ErrInvalidParent.Wrap("match: expected none, because weights root and output root are compared whole")
		}
		if !bytes.Equal(artifact.WeightsRoot, output.OutputRoot) {
			return edge, types.ErrNotProduced.Wrapf("job %d: expected the weights root %x, found the output root %x", claim.JobId, artifact.WeightsRoot, output.OutputRoot)
		}
	} else if err := matchOutput(artifact, claim, output.OutputDataRoots); err != nil {
		return edge, err
	} else {
		edge.Path = claim.Match.Entry.Path
	}
	if output.ZeroTolerance {
		edge.Evidence = types.EVIDENCE_JUDGED
	}
	return edge, nil
}

func matchOutput(artifact types.Artifact, claim types.ParentClaim, roots [][]byte) error {
	if artifact.Entries != 1 || len(roots) != 1 {
		return types.ErrNotProduced.Wrapf("job %d: expected a manifest of one entry and a job of one output, found %d and %d", claim.JobId, artifact.Entries, len(roots))
	}
	if err := verifyEntry(artifact, claim.Match); err != nil {
		return err
	}
	if !bytes.Equal(claim.Match.Entry.DataRoot, roots[0]) {
		return types.ErrNotProduced.Wrapf("job %d: expected the entry's data root %x, found the output's %x", claim.JobId, claim.Match.Entry.DataRoot, roots[0])
	}
	return nil
}

// MatchEntry checks that an entry stands in a DATASET's manifest.
func (k *Keeper) MatchEntry(ctx context.Context, datasetID uint64, proof *types.EntryProof) error {
	dataset, err := k.GetArtifact(ctx, datasetID)
	if err != nil {
		return err
	}
	if dataset.Kind != types.ARTIFACT_KIND_DATASET {
		return types.ErrInvalidKind.Wrapf("artifact %d: expected a DATASET, found %s", datasetID, dataset.Kind)
	}
	return verifyEntry(dataset, proof)
}

func verifyEntry(artifact types.Artifact, proof *types.EntryProof) error {
	if artifact.Kind.IsProgram() {
		return types.ErrInvalidKind.Wrapf("artifact %d: expected one with a manifest, found %s", artifact.Id, artifact.Kind)
	}
	return proof.Verify(artifact.ManifestRoot, artifact.Entries)
}

// wrapParent names the edge that was refused and keeps the error's code.
func wrapParent(err error, i int) error { return errors.Wrapf(err, "parent %d", i) }
