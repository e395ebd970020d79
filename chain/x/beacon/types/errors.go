package types

import "cosmossdk.io/errors"

// Every way in which the beacon refuses, with a code that clients can rely on.
var (
	ErrInvalidParams    = errors.Register(ModuleName, 2, "invalid beacon parameters")
	ErrSignatureForm    = errors.Register(ModuleName, 3, "malformed beacon signature")
	ErrSignatureInvalid = errors.Register(ModuleName, 4, "beacon signature does not verify")
	ErrNotPinned        = errors.Register(ModuleName, 5, "no job waits for this round")
	ErrRecorded         = errors.Register(ModuleName, 6, "round already recorded")
	ErrNotRecorded      = errors.Register(ModuleName, 7, "round not recorded")
	ErrStalePin         = errors.Register(ModuleName, 8, "round was pinned under another schedule")
	ErrInvalidRound     = errors.Register(ModuleName, 9, "invalid round")
	ErrInvalidAddress   = errors.Register(ModuleName, 10, "invalid address")
	ErrInvalidGenesis   = errors.Register(ModuleName, 11, "invalid beacon genesis")
)
