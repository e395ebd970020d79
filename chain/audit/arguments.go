package audit

import (
	"strconv"
	"strings"

	"github.com/assay-chain/assay/chain/program"
	"github.com/assay-chain/assay/chain/referee"
)

func uintText(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// ParseNodes reads a list of nodes such as "3,7-9"; "" and "all" are nil, which is every node.
func ParseNodes(text string) ([]uint32, error) {
	if text == "" || text == "all" {
		return nil, nil
	}
	var nodes []uint32
	for _, part := range strings.Split(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, err := strconv.ParseUint(from, 10, 32)
		if err != nil {
			return nil, wrong(CodeArgument, err, "nodes %q: %q is no node", text, part)
		}
		b, err := strconv.ParseUint(to, 10, 32)
		if err != nil || b < a || b-a > program.MaxNodes {
			return nil, wrong(CodeArgument, err, "nodes %q: %q is no range of nodes", text, part)
		}
		for ; a <= b; a++ {
			nodes = append(nodes, uint32(a))
		}
	}
	return nodes, nil
}

// ParseRandomness reads 32 bytes in hexadecimal.
func ParseRandomness(text string) ([32]byte, error) {
	h, err := parseHash(text)
	if err != nil {
		return h, wrong(CodeArgument, err, "randomness %q: 64 hexadecimal digits expected", text)
	}
	return h, nil
}

// ParseKind reads arithmetic, output or format.
func ParseKind(text string) (referee.FaultKind, error) {
	switch strings.ToLower(text) {
	case "arithmetic", "":
		return referee.Arithmetic, nil
	case "output":
		return referee.OutputLink, nil
	case "format":
		return referee.Format, nil
	}
	return 0, wrong(CodeArgument, nil, "kind %q: arithmetic, output or format expected", text)
}

// ParseTensor reads input, weight, value or output; "" is none.
func ParseTensor(text string) (program.Kind, error) {
	switch strings.ToLower(text) {
	case "":
		return program.None, nil
	case "input":
		return program.Input, nil
	case "weight":
		return program.Weight, nil
	case "value":
		return program.Value, nil
	case "output":
		return program.Output, nil
	}
	return 0, wrong(CodeArgument, nil, "tensor %q: input, weight, value or output expected", text)
}
