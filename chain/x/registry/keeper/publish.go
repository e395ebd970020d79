package keeper

import (
	"bytes"
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/x/registry/types"
)

// PublishArtifact registers an artifact. A program record is validated whole, so nothing unjudgeable is ever registered.
func (s msgServer) PublishArtifact(ctx context.Context, msg *types.MsgPublishArtifact) (*types.MsgPublishArtifactResponse, error) {
	params, err := s.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := msg.ValidateForm(params); err != nil {
		return nil, err
	}
	id, err := s.nextID.Get(ctx)
	if err != nil {
		return nil, err
	}
	artifact := types.Artifact{
		Id:               id,
		Kind:             msg.Kind,
		Publisher:        msg.Publisher,
		Name:             msg.Name,
		Licence:          msg.Licence,
		SourceDigest:     msg.SourceDigest,
		Uris:             msg.Uris,
		WeightsRoot:      msg.WeightsRoot,
		DefaultTolerance: msg.Tolerance(),
		ManifestRoot:     msg.ManifestRoot,
		Entries:          msg.Entries,
		Status:           types.ARTIFACT_STATUS_ACTIVE,
		Height:           sdk.UnwrapSDKContext(ctx).BlockHeight(),
	}
	if msg.Kind.IsProgram() {
		err = s.identifyProgram(ctx, params, msg.Program, &artifact)
	} else {
		artifact.Digest, err = types.ArtifactDigest(msg.Kind, msg.ManifestRoot)
	}
	if err != nil {
		return nil, err
	}
	if artifact.Parents, err = s.judgeParents(ctx, artifact, msg.Parents); err != nil {
		return nil, err
	}
	if err := s.nextID.Set(ctx, id+1); err != nil {
		return nil, err
	}
	if err := s.artifacts.Set(ctx, id, artifact); err != nil {
		return nil, err
	}
	response := &types.MsgPublishArtifactResponse{ArtifactId: id, Digest: artifact.Digest}
	if artifact.Program != nil {
		response.ProgramRoot = artifact.Program.Root
	}
	return response, emit(ctx, &types.EventArtifactPublished{Artifact: artifact})
}

// identifyProgram validates the record and fills in what the chain keeps of it. Gas is charged before any work on the bytes.
func (k *Keeper) identifyProgram(ctx context.Context, params types.Params, record []byte, artifact *types.Artifact) error {
	sdk.UnwrapSDKContext(ctx).GasMeter().ConsumeGas(params.GasPerByte*uint64(len(record)), "program record validation")
	summary, err := program.Validate(record)
	if err != nil {
		return types.ErrInvalidProgram.Wrap(err.Error())
	}
	artifact.Program = summarise(summary)
	if summary.Weights == 0 && !bytes.Equal(artifact.WeightsRoot, types.EmptyRoot()) {
		return types.ErrInvalidDigest.Wrapf("weights_root: expected the empty tree's root %x for a program without weights, found %x", types.EmptyRoot(), artifact.WeightsRoot)
	}
	if artifact.Digest, err = types.ArtifactDigest(artifact.Kind, artifact.Program.Root, artifact.WeightsRoot); err != nil {
		return err
	}
	if err := artifact.DefaultTolerance.Validate(); err != nil {
		return err
	}
	if summary.Quantised && !artifact.DefaultTolerance.IsZero() {
		return types.ErrInvalidTolerance.Wrap("default_tolerance: expected zero, because the program is quantised: one step of an integer is no rounding error")
	}
	limit, err := k.MaxTolerance(ctx, artifact.Digest)
	if err != nil {
		return err
	}
	if !artifact.DefaultTolerance.Within(limit) {
		return types.ErrInvalidTolerance.Wrapf("default_tolerance: expected at most abs %s, rel %s, found abs %s, rel %s",
			limit.Abs, limit.Rel, artifact.DefaultTolerance.Abs, artifact.DefaultTolerance.Rel)
	}
	return nil
}

func summarise(s program.Summary) *types.ProgramSummary {
	return &types.ProgramSummary{
		Root:         s.Root[:],
		Inputs:       s.Inputs,
		Weights:      s.Weights,
		Values:       s.Values,
		Nodes:        s.Nodes,
		Outputs:      s.Outputs,
		Macs:         s.MACs,
		Exponentials: s.Exponentials,
		ElementsRead: s.ElementsRead,
		InputBytes:   s.InputBytes,
		WeightBytes:  s.WeightBytes,
		OutputBytes:  s.OutputBytes,
		TraceBytes:   s.TraceBytes,
		Depth:        s.Depth,
		WorstProof:   s.WorstProof,
		Quantised:    s.Quantised,
	}
}
