package types

import (
	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// PPM is the whole of a share in parts per million.
const PPM = 1_000_000

// sigmoidAlpha is 3.6e-7 in units of 2^-64, rounded up (PROTOCOL §7).
const sigmoidAlpha = 6_640_827_866_536

// weightBlock is MLAS_SGEMM_PACKED_STRIDEK of ONNX Runtime: how its WebAssembly build, and its x64 build on AVX-512, were seen
// to sum a product with a matrix of weights (PROTOCOL §7, bench summation). ieee-fp32 is for any machine and certifies no order.
const weightBlock = 256

// DefaultParams are those of a public network with blocks of six seconds, in the chain's bond denomination.
func DefaultParams() Params {
	return Params{
		Denom:              sdk.DefaultBondDenom,
		ClaimBlocks:        600,
		CommitBlocks:       100,
		WindowBlocks:       600,
		BeaconBlocks:       100,
		EpochBlocks:        600,
		LambdaPpm:          2 * PPM,
		Kappa:              10,
		BondMin:            math.NewInt(40_000_000),
		ClaimDeposit:       math.NewInt(1_000_000),
		VerifierDepositMin: math.NewInt(100_000_000),
		FeeMin:             math.NewInt(100_000),
		Price:              math.NewInt(1_000),
		WorkerPpm:          900_000,
		VerifierPpm:        80_000,
		PoolPpm:            20_000,
		RelayFee:           math.NewInt(2_000),
		QueueCap:           100,
		SlashPaidPpm:       500_000,
		SlashCostsPpm:      250_000,
		MaxText:            256,
		MaxUris:            4,
		MaxInputs:          64,
		Profiles:           DefaultProfiles(),
	}
}

// DevnetParams are those of a local network with half-second blocks, where every verifier is drawn for every job.
func DevnetParams() Params {
	p := DefaultParams()
	p.ClaimBlocks = 40
	p.CommitBlocks = 40
	p.WindowBlocks = 20
	p.BeaconBlocks = 40
	p.EpochBlocks = 20
	p.LambdaPpm = 1_000 * PPM
	return p
}

// DefaultProfiles are the numeric contracts of PROTOCOL §7, with the referee's default constants: certificates/ supports them
// on the runtimes that it names.
func DefaultProfiles() []Profile {
	constants := func() []UnaryConstant {
		return []UnaryConstant{
			{Op: "Erf", Rho: 2},
			{Op: "Exp", Rho: 2},
			{Op: "Log", Rho: 6},
			{Op: "Reciprocal", Rho: 8},
			{Op: "Sigmoid", Rho: 8, Alpha: sigmoidAlpha},
			{Op: "Sqrt", Rho: 8},
			{Op: "Tanh", Rho: 11},
		}
	}
	return []Profile{
		{Name: "ieee-fp32", Constants: constants()},
		{Name: "ort-wasm", Constants: constants(), WeightBlock: weightBlock},
		{Name: "ort-x64-avx512", Constants: constants(), WeightBlock: weightBlock},
	}
}

// FindProfile returns the profile of that name.
func (p Params) FindProfile(name string) (Profile, bool) {
	for _, q := range p.Profiles {
		if q.Name == name {
			return q, true
		}
	}
	return Profile{}, false
}
