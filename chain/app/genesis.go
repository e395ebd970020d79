package app

import (
	"encoding/json"
	"errors"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"

	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/staking"

	"github.com/assay-chain/assay/chain/app/genesis"
)

// GenesisState holds each module's genesis by the module's name.
type GenesisState = genesis.State

// DefaultGenesis of every module.
func (app *App) DefaultGenesis() GenesisState {
	return app.BasicModuleManager.DefaultGenesis(app.appCodec)
}

// InitChainer writes the genesis state; the error stops the node before its first block.
func (app *App) InitChainer(ctx sdk.Context, req *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	var state GenesisState
	if err := json.Unmarshal(req.AppStateBytes, &state); err != nil {
		return nil, fmt.Errorf("genesis: expected a JSON object of module states: %w", err)
	}
	if err := app.UpgradeKeeper.SetModuleVersionMap(ctx, app.ModuleManager.GetVersionMap()); err != nil {
		return nil, err
	}
	return app.ModuleManager.InitGenesis(ctx, app.appCodec, state)
}

// ExportAppStateAndValidators returns the committed state as a genesis that continues at the next height.
// A restart at height zero is refused: deadlines, snapshots and windows are heights, and cutting them off would decide
// running jobs.
func (app *App) ExportAppStateAndValidators(forZeroHeight bool, _, modules []string) (servertypes.ExportedApp, error) {
	var exported servertypes.ExportedApp
	if forZeroHeight {
		return exported, errors.New("export: expected an export at the current height, found --for-zero-height: running jobs have deadlines in heights; leave the flag out")
	}
	ctx := app.NewContext(true)
	state, err := app.ModuleManager.ExportGenesisForModules(ctx, app.appCodec, modules)
	if err != nil {
		return exported, err
	}
	encoded, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return exported, err
	}
	validators, err := staking.WriteValidators(ctx, app.StakingKeeper)
	if err != nil {
		return exported, err
	}
	return servertypes.ExportedApp{
		AppState:        encoded,
		Validators:      validators,
		Height:          app.LastBlockHeight() + 1,
		ConsensusParams: app.GetConsensusParams(ctx),
	}, nil
}
