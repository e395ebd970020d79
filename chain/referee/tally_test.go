package referee

import "testing"

// TestTallyAdd: tallies of parts give the tally of the whole, in any order.
func TestTallyAdd(t *testing.T) {
	clean := Tally{Elements: 5, Worst: 7}
	small := Tally{Elements: 2, Faults: 1, First: 9, Largest: 3, LargestAt: 9}
	large := Tally{Elements: 3, Faults: 2, First: 20, Largest: 8, LargestAt: 30}
	equal := Tally{Elements: 1, Faults: 1, First: 25, Largest: 8, LargestAt: 25}
	want := Tally{Elements: 11, Faults: 4, Worst: 7, First: 9, Largest: 8, LargestAt: 25}
	for _, order := range [][]Tally{{clean, small, large, equal}, {equal, large, small, clean}, {large, clean, equal, small}} {
		var sum Tally
		for i := range order {
			sum.Add(&order[i])
		}
		if sum != want {
			t.Errorf("%+v, expected %+v", sum, want)
		}
	}
}
