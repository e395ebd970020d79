package fixture

import "math/big"

const million = 1_000_000

// Floats as bits are integers, and rationals are exact.
func mantissa(bits uint32) uint32 { return bits & 0x7fffff }

func mean(values []int64) *big.Rat {
	total := new(big.Int)
	for _, value := range values {
		total.Add(total, big.NewInt(value))
	}
	return new(big.Rat).SetFrac(total, big.NewInt(int64(len(values))))
}

var text = "0.5 is only text"
