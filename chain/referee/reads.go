package referee

import "github.com/assay-chain/assay/chain/program"

// Reading is what judging an element opens of one tensor: the chunks of a proof about it, strictly ascending.
type Reading struct {
	Kind   program.Kind
	Index  uint32
	Chunks []uint64
}

// Reads lists what a proof of an accusation opens, ascending by kind and index, without any tensor's bytes but those of the
// index operand of a data-dependent operator (Gather and its like), whose place in memory says what else is read.
// Errors are *Error, or those of the tensors.
func Reads(p *program.Program, t Tensors, a Accusation) ([]Reading, error) {
	ns, err := needsOf(p, t, a)
	if err != nil {
		return nil, err
	}
	readings := make([]Reading, len(ns))
	for i := range ns {
		readings[i] = Reading{ns[i].kind, ns[i].index, ns[i].chunks}
	}
	return readings, nil
}

func needsOf(p *program.Program, t Tensors, a Accusation) (needs, error) {
	switch a.Kind {
	case Arithmetic:
		return arithmeticNeeds(p, t, a)
	case OutputLink:
		return outputNeeds(p, a)
	}
	return chunkNeeds(p, a)
}
