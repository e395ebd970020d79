package keeper

import (
	"bytes"
	"context"

	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/x/compute/types"
	registrytypes "github.com/assay-chain/assay/chain/x/registry/types"
)

// SubmitJob escrows a fee for one execution of an artifact's program on committed inputs.
func (m msgServer) SubmitJob(ctx context.Context, msg *types.MsgSubmitJob) (*types.MsgSubmitJobResponse, error) {
	requester, err := types.Account("requester", msg.Requester)
	if err != nil {
		return nil, err
	}
	v, err := m.newestParams(ctx)
	if err != nil {
		return nil, err
	}
	p := v.Params
	artifact, err := m.runnable(ctx, msg.ArtifactId)
	if err != nil {
		return nil, err
	}
	roots, sources, err := m.checkInputs(ctx, p, artifact.Program.Inputs, msg.Inputs)
	if err != nil {
		return nil, err
	}
	inputRoot, err := types.RootOfRoots("data_root", roots)
	if err != nil {
		return nil, err
	}
	if err := types.CheckAmount(msg.JobFee, false); err != nil {
		return nil, err
	}
	if least := types.MinFee(p, *artifact.Program); msg.JobFee.LT(least) {
		return nil, types.ErrFee.Wrapf("at least %s%s expected for %s cost units, %s found", least, p.Denom, types.Cost(*artifact.Program), msg.JobFee)
	}
	if _, found := p.FindProfile(msg.Profile); !found {
		return nil, types.ErrProfile.Wrapf("one of the parameters' profiles expected, %q found", msg.Profile)
	}
	tolerance, err := m.signedTolerance(ctx, artifact, msg.Tolerance)
	if err != nil {
		return nil, err
	}
	if err := m.collect(ctx, requester, msg.JobFee); err != nil {
		return nil, err
	}
	id, err := m.jobSeq.Next(ctx)
	if err != nil {
		return nil, err
	}
	h := height(ctx)
	j := types.Job{
		Id: id, Requester: msg.Requester,
		ArtifactId: artifact.Id, ArtifactDigest: artifact.Digest, Program: *artifact.Program, WeightsRoot: artifact.WeightsRoot,
		InputRoot: inputRoot, InputDataRoots: roots, Sources: sources,
		Fee: msg.JobFee, Profile: msg.Profile, Tolerance: tolerance, Eager: artifact.Program.Quantised || isZero(tolerance),
		State: types.JOB_STATE_OPEN, SubmitHeight: h, Deadline: h + int64(p.ClaimBlocks),
		Bond: math.ZeroInt(), Deposit: math.ZeroInt(),
	}
	if err := m.enqueue(ctx, j.Deadline, id); err != nil {
		return nil, err
	}
	if err := m.saveJob(ctx, j, causeSubmit); err != nil {
		return nil, err
	}
	err = emit(ctx, &types.EventJobSubmitted{JobId: id, Inputs: msg.Inputs})
	return &types.MsgSubmitJobResponse{JobId: id, InputRoot: inputRoot}, err
}

// runnable returns an artifact that new jobs may name: a MODEL or PROGRAM, not closed, its digest allowed.
func (k *Keeper) runnable(ctx context.Context, id uint64) (registrytypes.Artifact, error) {
	a, err := k.registry.GetArtifact(ctx, id)
	if err != nil {
		return a, err
	}
	if a.Kind != registrytypes.ARTIFACT_KIND_MODEL && a.Kind != registrytypes.ARTIFACT_KIND_PROGRAM || a.Program == nil {
		return a, types.ErrArtifact.Wrapf("artifact %d: MODEL or PROGRAM expected, %s found", id, a.Kind)
	}
	if a.Status != registrytypes.ARTIFACT_STATUS_ACTIVE && a.Status != registrytypes.ARTIFACT_STATUS_DEPRECATED {
		return a, types.ErrArtifact.Wrapf("artifact %d: ACTIVE or DEPRECATED expected, %s found", id, a.Status)
	}
	policy, err := k.registry.GetPolicy(ctx, a.Digest)
	if err != nil {
		return a, err
	}
	if policy.Status != registrytypes.POLICY_STATUS_ALLOWED {
		return a, types.ErrPolicy.Wrapf("artifact %d: a digest whose policy is ALLOWED expected, %s found: %s", id, policy.Status, policy.Reason)
	}
	return a, nil
}

// checkInputs checks a job's inputs against their number and returns their data roots and, where they come from a published
// manifest, their sources.
func (k *Keeper) checkInputs(ctx context.Context, p types.Params, want uint32, inputs []types.JobInput) (roots [][]byte, sources []types.JobSource, err error) {
	if uint64(len(inputs)) != uint64(want) || len(inputs) > int(p.MaxInputs) {
		return nil, nil, types.ErrInputs.Wrapf("the program's %d inputs expected (at most %d), %d found", want, p.MaxInputs, len(inputs))
	}
	for i, in := range inputs {
		if len(in.DataRoot) != 32 {
			return nil, nil, types.ErrInputs.Wrapf("input %d: a data root of 32 bytes expected, %d found", i, len(in.DataRoot))
		}
		if len(in.Uris) > int(p.MaxUris) {
			return nil, nil, types.ErrInputs.Wrapf("input %d: at most %d uris expected, %d found", i, p.MaxUris, len(in.Uris))
		}
		for _, u := range in.Uris {
			if err := types.CheckURL("uri", u, int(p.MaxText)); err != nil {
				return nil, nil, err
			}
		}
		roots = append(roots, in.DataRoot)
		if in.DatasetId == 0 && in.Entry == nil {
			continue
		}
		if in.DatasetId == 0 || in.Entry == nil {
			return nil, nil, types.ErrSource.Wrapf("input %d: dataset_id and entry together expected, one found", i)
		}
		if !bytes.Equal(in.Entry.Entry.DataRoot, in.DataRoot) {
			return nil, nil, types.ErrSource.Wrapf("input %d: the entry's data root %x expected, %x found", i, in.Entry.Entry.DataRoot, in.DataRoot)
		}
		if err := k.registry.MatchEntry(ctx, in.DatasetId, in.Entry); err != nil {
			return nil, nil, err
		}
		sources = append(sources, types.JobSource{Input: uint32(i), DatasetId: in.DatasetId, Path: in.Entry.Entry.Path, Evidence: registrytypes.EVIDENCE_MATCHED})
	}
	return roots, sources, nil
}

// signedTolerance is what the requester signed, the artifact's default where it signed none: within the caps, and none for
// quantised programs.
func (k *Keeper) signedTolerance(ctx context.Context, a registrytypes.Artifact, signed *registrytypes.Tolerance) (registrytypes.Tolerance, error) {
	t := a.DefaultTolerance
	if signed != nil {
		t = *signed
	} else if a.Program.Quantised {
		t = registrytypes.Tolerance{Abs: math.LegacyZeroDec(), Rel: math.LegacyZeroDec()}
	}
	if t.Abs.IsNil() || t.Rel.IsNil() || t.Abs.IsNegative() || t.Rel.IsNegative() {
		return t, types.ErrTolerance.Wrap("abs and rel that are not negative expected")
	}
	if a.Program.Quantised && !isZero(t) {
		return t, types.ErrTolerance.Wrapf("none expected for a quantised program, abs %s rel %s found", t.Abs, t.Rel)
	}
	most, err := k.registry.MaxTolerance(ctx, a.Digest)
	if err != nil {
		return t, err
	}
	if t.Abs.GT(most.Abs) || t.Rel.GT(most.Rel) {
		return t, types.ErrTolerance.Wrapf("at most abs %s rel %s expected, abs %s rel %s found", most.Abs, most.Rel, t.Abs, t.Rel)
	}
	return t, nil
}
