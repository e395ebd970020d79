package types

import "testing"

// FuzzGenesis: whatever decodes as a genesis is accepted or refused, never a panic: amounts may be absent, lists unsorted.
func FuzzGenesis(f *testing.F) {
	b, err := DefaultGenesis().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		var g GenesisState
		if g.Unmarshal(b) == nil {
			_ = g.Validate()
		}
		var p Params
		if p.Unmarshal(b) == nil {
			_ = p.Validate()
		}
	})
}
