package types

import "cosmossdk.io/errors"

// Every way in which the registry refuses, with a code that clients can rely on.
var (
	ErrInvalidParams    = errors.Register(ModuleName, 2, "invalid registry parameters")
	ErrInvalidGenesis   = errors.Register(ModuleName, 3, "invalid registry genesis")
	ErrInvalidAddress   = errors.Register(ModuleName, 4, "invalid address")
	ErrInvalidKind      = errors.Register(ModuleName, 5, "invalid artifact kind")
	ErrInvalidField     = errors.Register(ModuleName, 6, "field does not fit the artifact")
	ErrInvalidText      = errors.Register(ModuleName, 7, "invalid text")
	ErrInvalidURI       = errors.Register(ModuleName, 8, "invalid uri")
	ErrInvalidDigest    = errors.Register(ModuleName, 9, "invalid digest or root")
	ErrInvalidTolerance = errors.Register(ModuleName, 10, "invalid tolerance")
	ErrInvalidProgram   = errors.Register(ModuleName, 11, "program record refused")
	ErrProgramTooLarge  = errors.Register(ModuleName, 12, "program record too large")
	ErrInvalidParent    = errors.Register(ModuleName, 13, "invalid parent")
	ErrEntryMismatch    = errors.Register(ModuleName, 14, "entry is not in the manifest")
	ErrNotProduced      = errors.Register(ModuleName, 15, "artifact is not the job's output")
	ErrUnknownArtifact  = errors.Register(ModuleName, 16, "unknown artifact")
	ErrNotPublisher     = errors.Register(ModuleName, 17, "not the publisher")
	ErrStatus           = errors.Register(ModuleName, 18, "artifact status forbids this")
	ErrInvalidPolicy    = errors.Register(ModuleName, 19, "invalid policy")
)
