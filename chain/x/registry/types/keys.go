package types

import "cosmossdk.io/collections"

const (
	// ModuleName is also the module's name in errors and events.
	ModuleName = "registry"
	// StoreKey names the provable store.
	StoreKey = ModuleName
)

// Prefixes of the store. Every value is non-empty, so membership and absence are both provable.
var (
	ParamsKey    = collections.NewPrefix(0)
	NextIDKey    = collections.NewPrefix(1)
	ArtifactsKey = collections.NewPrefix(2)
	PoliciesKey  = collections.NewPrefix(3)
)
