package keeper

import (
	"context"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// msgServer answers messages; each stands in a file of its own.
type msgServer struct{ *Keeper }

// NewMsgServer returns the handlers of the module's messages.
func NewMsgServer(k *Keeper) types.MsgServer { return msgServer{k} }

// inTime refuses a message after its deadline: also when the queue has not got to the job yet.
func inTime(ctx context.Context, j types.Job) error {
	if h := height(ctx); h > j.Deadline {
		return types.ErrDeadline.Wrapf("job %d: height %d at most expected, %d found", j.Id, j.Deadline, h)
	}
	return nil
}

// checkOwner wants an account address or nothing.
func checkOwner(owner string) error {
	if owner == "" {
		return nil
	}
	_, err := types.Account("owner", owner)
	return err
}

// UpdateParams adds a version of the parameters. Claimed jobs keep theirs.
func (m msgServer) UpdateParams(ctx context.Context, msg *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
	if err := sdk.ValidateAuthority(sdk.UnwrapSDKContext(ctx), m.authority, msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	last, err := m.newestParams(ctx)
	if err != nil {
		return nil, err
	}
	if msg.Params.Denom != last.Params.Denom {
		return nil, types.ErrParams.Wrapf("denom: escrows are held in %s, which cannot become %s", last.Params.Denom, msg.Params.Denom)
	}
	v := types.VersionedParams{Version: last.Version + 1, Params: msg.Params, Height: height(ctx)}
	if err := m.addParams(ctx, v); err != nil {
		return nil, err
	}
	return &types.MsgUpdateParamsResponse{Version: v.Version}, emit(ctx, &types.EventParamsUpdated{Params: v})
}

// CancelJob ends one's own OPEN job and returns the fee.
func (m msgServer) CancelJob(ctx context.Context, msg *types.MsgCancelJob) (*types.MsgCancelJobResponse, error) {
	j, err := m.jobIn(ctx, msg.JobId, types.JOB_STATE_OPEN)
	if err != nil {
		return nil, err
	}
	if msg.Requester != j.Requester {
		return nil, types.ErrUnauthorised.Wrapf("job %d: its requester %s expected, %s found", j.Id, j.Requester, msg.Requester)
	}
	if err := inTime(ctx, j); err != nil {
		return nil, err
	}
	return &types.MsgCancelJobResponse{}, m.expire(ctx, j, types.END_REASON_CANCELLED)
}

// RegisterWorker sets a worker's endpoint and declared owner, for the first time or anew.
func (m msgServer) RegisterWorker(ctx context.Context, msg *types.MsgRegisterWorker) (*types.MsgRegisterWorkerResponse, error) {
	a, err := types.Account("worker", msg.Worker)
	if err != nil {
		return nil, err
	}
	p, err := m.newestParams(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.CheckURL("endpoint", msg.Endpoint, int(p.Params.MaxText)); err != nil {
		return nil, err
	}
	if err := checkOwner(msg.Owner); err != nil {
		return nil, err
	}
	found, err := m.workers.Has(ctx, a)
	if err != nil {
		return nil, err
	}
	w := types.Worker{Address: msg.Worker, Height: height(ctx)}
	if found {
		if w, err = m.workers.Get(ctx, a); err != nil {
			return nil, err
		}
	}
	w.Endpoint, w.Owner = msg.Endpoint, msg.Owner
	return &types.MsgRegisterWorkerResponse{}, m.saveWorker(ctx, a, w)
}

// Attest is a drawn verifier's verdict, once a duty, until the job is FINAL. CHALLENGED joins the challenge that is open.
func (m msgServer) Attest(ctx context.Context, msg *types.MsgAttest) (*types.MsgAttestResponse, error) {
	if msg.Verdict != types.VERDICT_VALID && msg.Verdict != types.VERDICT_CHALLENGED {
		return nil, types.ErrVerdict.Wrapf("VALID or CHALLENGED expected, %s found", msg.Verdict)
	}
	d, a, err := m.openDuty(ctx, msg.JobId, msg.Operator)
	if err != nil {
		return nil, err
	}
	if msg.Verdict == types.VERDICT_CHALLENGED {
		if err := m.dispute.Join(ctx, msg.JobId, msg.Operator); err != nil {
			return nil, err
		}
	}
	return &types.MsgAttestResponse{}, m.attest(ctx, d, a, msg.Verdict)
}

// Attested records CHALLENGED for a drawn verifier that opened a challenge.
func (k *Keeper) Attested(ctx context.Context, jobID uint64, operator string, verdict types.Verdict) error {
	if verdict != types.VERDICT_VALID && verdict != types.VERDICT_CHALLENGED {
		return types.ErrVerdict.Wrapf("VALID or CHALLENGED expected, %s found", verdict)
	}
	d, a, err := k.openDuty(ctx, jobID, operator)
	if err != nil {
		return err
	}
	return k.attest(ctx, d, a, verdict)
}

// openDuty returns a duty that has no verdict yet, on a job that has not ended.
func (k *Keeper) openDuty(ctx context.Context, jobID uint64, operator string) (types.Duty, sdk.AccAddress, error) {
	if _, err := k.jobIn(ctx, jobID, types.JOB_STATE_COMMITTED); err != nil {
		return types.Duty{}, nil, err
	}
	d, found, err := k.GetDuty(ctx, jobID, operator)
	if err != nil {
		return d, nil, err
	}
	if !found {
		return d, nil, types.ErrNoDuty.Wrapf("%s was not drawn for job %d", operator, jobID)
	}
	if d.Verdict != types.VERDICT_UNSPECIFIED {
		return d, nil, types.ErrAttested.Wrapf("job %d: %s by %s at height %d", jobID, d.Verdict, operator, d.Height)
	}
	a, err := types.Account("operator", operator)
	return d, a, err
}

// attest writes a verdict and counts it on the job and the verifier.
func (k *Keeper) attest(ctx context.Context, d types.Duty, a sdk.AccAddress, verdict types.Verdict) error {
	d.Verdict, d.Height = verdict, height(ctx)
	if err := k.duties.Set(ctx, collections.Join(d.JobId, a), d); err != nil {
		return err
	}
	if err := emit(ctx, &types.EventAttested{Duty: d}); err != nil {
		return err
	}
	if err := k.countVerifier(ctx, a, "attested", func(v *types.Verifier) { v.Attested++ }); err != nil {
		return err
	}
	// Read anew: joining a challenge may have changed the job.
	j, err := k.GetJob(ctx, d.JobId)
	if err != nil {
		return err
	}
	j.Fulfilled++
	return k.saveJob(ctx, j, causeAttested)
}
