package fixture

import (
	m "math"
)

func bits(x uint64) uint64 {
	return m.Float64bits(m.Sqrt(m.Float64frombits(x))) // want float math
}

var nan = m.NaN() // want float math
