package fixture

import (
	"math"
	"math/bits"
)

func clamp(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return min(sum, math.MaxInt64)
}
