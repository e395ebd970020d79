package app

import (
	"context"
	"fmt"
)

// CheckInvariants checks on the whole state what must hold between blocks: each module's balance is the sum of its
// records, and counters and indexes agree with the records. Its work is not bounded: it is for tests, imports and audits.
func (app *App) CheckInvariants(ctx context.Context) error {
	if err := app.ComputeKeeper.CheckInvariants(ctx); err != nil {
		return fmt.Errorf("compute: %w", err)
	}
	if err := app.DisputeKeeper.CheckInvariants(ctx); err != nil {
		return fmt.Errorf("dispute: %w", err)
	}
	return nil
}
