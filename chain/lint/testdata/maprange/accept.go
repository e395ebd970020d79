package fixture

import (
	"maps"
	"slices"
)

func sum(m map[string]int64, order []string) (total int64) {
	for _, k := range order {
		total += m[k]
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		total += m[k]
	}
	for i := range 3 {
		total += int64(i)
	}
	delete(m, "a")
	return total
}
