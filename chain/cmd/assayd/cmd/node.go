package cmd

import (
	"fmt"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/server"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"

	"github.com/assay-chain/assay/chain/app"
)

// newApp builds the application for `start` and its relatives.
func newApp(logger log.Logger, db dbm.DB, options servertypes.AppOptions) servertypes.Application {
	return app.New(logger, db, true, options, server.DefaultBaseappOptions(options)...)
}

// export writes the committed state as a genesis; height -1 means the latest.
func export(logger log.Logger, db dbm.DB, height int64, forZeroHeight bool, jailAllowed []string, options servertypes.AppOptions, modules []string) (servertypes.ExportedApp, error) {
	loaded := app.New(logger, db, height == -1, options)
	if height != -1 {
		if err := loaded.LoadHeight(height); err != nil {
			return servertypes.ExportedApp{}, fmt.Errorf("export: expected the height of a kept state, found %d: %w", height, err)
		}
	}
	return loaded.ExportAppStateAndValidators(forZeroHeight, jailAllowed, modules)
}
