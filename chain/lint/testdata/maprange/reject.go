package fixture

import (
	"maps"
	"slices"
)

type ledger map[string]int64

func sum(m map[string]int64, l ledger) (total int64) {
	for _, v := range m { // want maprange
		total += v
	}
	for k := range l { // want maprange
		total += l[k]
	}
	for range m { // want maprange
		total++
	}
	for k := range maps.Keys(m) { // want maprange
		total += m[k]
	}
	return total
}

func keys(m map[string]int64) []string {
	return slices.Collect(maps.Keys(m)) // want maprange
}

func all(m map[string]int64, visit func(string, int64)) {
	for k, v := range maps.All(m) { // want maprange
		visit(k, v)
	}
}
