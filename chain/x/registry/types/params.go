package types

import (
	"cosmossdk.io/math"

	"github.com/assay-chain/assay/chain/program"
)

const (
	// maxProgramBytes is what the validator accepts; RPC refuses bodies over 1 MB, and a transaction travels in base64.
	maxProgramBytes = program.MaxRecord
	maxGasPerByte   = 1_000
	maxParents      = 256
	maxURIs         = 64
	maxText         = 4096
)

// DefaultParams of a public network.
func DefaultParams() Params {
	return Params{
		MaxProgramBytes: program.MaxRecord,
		// Validating a record of 24 KB takes about a millisecond.
		GasPerByte: 5,
		MaxParents: 32,
		MaxUris:    8,
		MaxText:    512,
		MaxTolerance: Tolerance{
			Abs: math.LegacyNewDec(1),
			Rel: math.LegacyNewDecWithPrec(1, 2),
		},
	}
}

// Validate checks that every bound is set and sensible.
func (p Params) Validate() error {
	for _, bound := range []struct {
		name       string
		value, max uint64
	}{
		{"max_program_bytes", p.MaxProgramBytes, maxProgramBytes},
		{"gas_per_byte", p.GasPerByte, maxGasPerByte},
		{"max_parents", uint64(p.MaxParents), maxParents},
		{"max_uris", uint64(p.MaxUris), maxURIs},
		{"max_text", uint64(p.MaxText), maxText},
	} {
		if bound.value == 0 || bound.value > bound.max {
			return ErrInvalidParams.Wrapf("%s: expected 1 to %d, found %d", bound.name, bound.max, bound.value)
		}
	}
	if err := p.MaxTolerance.Validate(); err != nil {
		return ErrInvalidParams.Wrapf("max_tolerance: %s", err)
	}
	return nil
}
