package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	sdk "github.com/cosmos/cosmos-sdk/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/assay-chain/assay/chain/x/compute/types"
)

// RegisterVerifier puts a deposit down for a validator's operator, who can be drawn from the next epoch on: nobody can
// register into a draw.
func (m msgServer) RegisterVerifier(ctx context.Context, msg *types.MsgRegisterVerifier) (*types.MsgRegisterVerifierResponse, error) {
	a, err := types.Account("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	if err := checkOwner(msg.Owner); err != nil {
		return nil, err
	}
	p, err := m.newestParams(ctx)
	if err != nil {
		return nil, err
	}
	if err := types.CheckAmount(msg.Deposit, true); err != nil {
		return nil, err
	}
	if msg.Deposit.LT(p.Params.VerifierDepositMin) {
		return nil, types.ErrDeposit.Wrapf("at least %s%s expected, %s found", p.Params.VerifierDepositMin, p.Params.Denom, msg.Deposit)
	}
	_, err = m.staking.GetValidator(ctx, sdk.ValAddress(a))
	if errors.Is(err, stakingtypes.ErrNoValidatorFound) {
		return nil, types.ErrValidator.Wrapf("%s: the account of a validator's operator expected", msg.Operator)
	} else if err != nil {
		return nil, err
	}
	if v, found, err := m.verifier(ctx, a); err != nil {
		return nil, err
	} else if found {
		return nil, types.ErrVerifier.Wrapf("%s is registered since height %d (leaving: %t): top the deposit up, or wait until it is paid out", msg.Operator, v.Height, v.Leaving)
	}
	if err := m.collect(ctx, a, msg.Deposit); err != nil {
		return nil, err
	}
	v := types.Verifier{Operator: msg.Operator, Deposit: msg.Deposit, Owner: msg.Owner, Height: height(ctx)}
	if err := m.saveVerifier(ctx, a, v, "registered"); err != nil {
		return nil, err
	}
	last, _, err := m.newestSnapshot(ctx)
	// The next epoch is the newest one's number (epoch + 1); without any it is epoch 0.
	return &types.MsgRegisterVerifierResponse{Epoch: last.Number}, err
}

// TopUpVerifier adds to a deposit; anyone may.
func (m msgServer) TopUpVerifier(ctx context.Context, msg *types.MsgTopUpVerifier) (*types.MsgTopUpVerifierResponse, error) {
	sender, err := types.Account("sender", msg.Sender)
	if err != nil {
		return nil, err
	}
	a, err := types.Account("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	if err := types.CheckAmount(msg.Amount, false); err != nil {
		return nil, err
	}
	v, found, err := m.verifier(ctx, a)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, types.ErrVerifier.Wrapf("%s is not a registered verifier", msg.Operator)
	}
	if err := m.collect(ctx, sender, msg.Amount); err != nil {
		return nil, err
	}
	v.Deposit = v.Deposit.Add(msg.Amount)
	return &types.MsgTopUpVerifierResponse{Deposit: v.Deposit}, m.saveVerifier(ctx, a, v, "topped_up")
}

// WithdrawVerifier leaves: the verifier is in no later snapshot, and its deposit is paid once every job up to the highest
// id so far has ended, because until then bonds may be taken from it.
func (m msgServer) WithdrawVerifier(ctx context.Context, msg *types.MsgWithdrawVerifier) (*types.MsgWithdrawVerifierResponse, error) {
	a, err := types.Account("operator", msg.Operator)
	if err != nil {
		return nil, err
	}
	v, found, err := m.verifier(ctx, a)
	if err != nil {
		return nil, err
	}
	if !found || v.Leaving {
		return nil, types.ErrVerifier.Wrapf("%s: a registered verifier that is not leaving expected", msg.Operator)
	}
	next, err := m.jobSeq.Peek(ctx)
	if err != nil {
		return nil, err
	}
	v.Leaving, v.LeaveJob = true, next-1
	if err := m.withdraw.Set(ctx, collections.Join(v.LeaveJob, a)); err != nil {
		return nil, err
	}
	return &types.MsgWithdrawVerifierResponse{}, m.saveVerifier(ctx, a, v, "leaving")
}
