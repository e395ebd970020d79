package types

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

type commitmentVector struct {
	Name          string          `json:"name"`
	ChainID       string          `json:"chain_id"`
	Job           uint64          `json:"job,string"`
	Worker        string          `json:"worker"`
	ProgramRoot   string          `json:"program_root"`
	WeightsRoot   string          `json:"weights_root"`
	Execution     executionVector `json:"execution"`
	ExecutionHex  string          `json:"execution_bytes"`
	ExecutionHash string          `json:"execution_hash"`
	InputRoots    []string        `json:"input_data_roots"`
	InputRoot     string          `json:"input_root"`
	OutputRoots   []string        `json:"output_data_roots"`
	OutputRoot    string          `json:"output_root"`
	TraceRoot     string          `json:"trace_root"`
	Commitment    string          `json:"commitment"`
}

type executionVector struct {
	Profile        string `json:"profile"`
	Runtime        string `json:"runtime"`
	Version        string `json:"version"`
	LibraryHash    string `json:"library_hash"`
	InstructionSet string `json:"instruction_set"`
	Threads        uint32 `json:"threads"`
}

func root(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }

func hexes(roots [][]byte) []string {
	list := make([]string, len(roots))
	for i, r := range roots {
		list[i] = hex.EncodeToString(r)
	}
	return list
}

func TestCommitmentVectors(t *testing.T) {
	cases := []struct {
		name    string
		chain   string
		job     uint64
		worker  []byte
		inputs  [][]byte
		outputs [][]byte
		trace   []byte
		e       Execution
	}{
		{"one input, one output, no trace", "assay-devnet", 1, root("w")[:20], [][]byte{root("i")}, [][]byte{root("o")}, nil,
			Execution{Profile: "ieee-fp32", Runtime: "onnxruntime-node", Version: "1.30.0", LibraryHash: root("lib"), InstructionSet: "x64-avx512", Threads: 1}},
		{"an eager trace, several tensors", "assay-1", 1 << 40, root("x")[:20], [][]byte{root("a"), root("b"), root("c")}, [][]byte{root("d"), root("e")}, root("trace"),
			Execution{Profile: "ort-wasm", Runtime: "onnxruntime-web", Version: "1.30.0", LibraryHash: root("wasm"), InstructionSet: "wasm-simd", Threads: 4096}},
		{"a worker of 32 bytes, a chain id of one", "a", 18_446_744_073_709_551_615, root("m"), [][]byte{root("a"), root("a")}, [][]byte{root("a")}, nil,
			Execution{Profile: "ieee-fp32", Runtime: "r", Version: "v", LibraryHash: root("l"), InstructionSet: "arm64", Threads: 2}},
	}
	var vectors []commitmentVector
	for _, c := range cases {
		in, err := RootOfRoots("input", c.inputs)
		require.NoError(t, err)
		out, err := RootOfRoots("output", c.outputs)
		require.NoError(t, err)
		bz, err := c.e.Marshal()
		require.NoError(t, err)
		eh, err := ExecutionHash(c.e)
		require.NoError(t, err)
		byHand := sha256.Sum256(append([]byte("\x00\x11assay/execution/1"), bz...))
		require.Equal(t, byHand[:], eh)
		parts := ResultParts{c.chain, c.job, c.worker, root("program"), root("weights"), eh, in, out, c.trace}
		got, err := parts.Commitment()
		require.NoError(t, err)

		pre := append([]byte("\x0eassay/result/1"), byte(len(c.chain)))
		pre = append(pre, c.chain...)
		pre = binary.BigEndian.AppendUint64(pre, c.job)
		pre = append(append(pre, byte(len(c.worker))), c.worker...)
		trace := c.trace
		if trace == nil {
			trace = make([]byte, 32)
		}
		for _, r := range [][]byte{root("program"), root("weights"), eh, in, out, trace} {
			pre = append(pre, r...)
		}
		want := sha256.Sum256(pre)
		require.Equal(t, want[:], got)
		vectors = append(vectors, commitmentVector{c.name, c.chain, c.job, hex.EncodeToString(c.worker), hex.EncodeToString(root("program")), hex.EncodeToString(root("weights")),
			executionVector{c.e.Profile, c.e.Runtime, c.e.Version, hex.EncodeToString(c.e.LibraryHash), c.e.InstructionSet, c.e.Threads},
			hex.EncodeToString(bz), hex.EncodeToString(eh), hexes(c.inputs), hex.EncodeToString(in), hexes(c.outputs), hex.EncodeToString(out), hex.EncodeToString(c.trace), hex.EncodeToString(got)})
	}
	golden(t, "commitment.json", vectors)
}

// Every part moves the hash, and parts of wrong lengths are refused rather than hashed.
func TestCommitmentBindsEveryPart(t *testing.T) {
	base := func() ResultParts {
		return ResultParts{"c", 1, root("w")[:20], root("p"), root("q"), root("e"), root("i"), root("o"), nil}
	}
	first, err := base().Commitment()
	require.NoError(t, err)
	changes := []func(*ResultParts){
		func(r *ResultParts) { r.ChainID = "d" }, func(r *ResultParts) { r.JobID = 2 }, func(r *ResultParts) { r.Worker = root("v")[:20] },
		func(r *ResultParts) { r.ProgramRoot = root("x") }, func(r *ResultParts) { r.WeightsRoot = root("x") },
		func(r *ResultParts) { r.ExecutionHash = root("x") }, func(r *ResultParts) { r.InputRoot = root("x") },
		func(r *ResultParts) { r.OutputRoot = root("x") }, func(r *ResultParts) { r.TraceRoot = root("x") },
	}
	seen := map[string]bool{string(first): true}
	for i, change := range changes {
		r := base()
		change(&r)
		h, err := r.Commitment()
		require.NoError(t, err)
		require.False(t, seen[string(h)], "change %d", i)
		seen[string(h)] = true
	}
	for i, change := range []func(*ResultParts){
		func(r *ResultParts) { r.ProgramRoot = nil }, func(r *ResultParts) { r.WeightsRoot = root("x")[:31] },
		func(r *ResultParts) { r.InputRoot = append(root("x"), 0) }, func(r *ResultParts) { r.TraceRoot = []byte{1} },
		func(r *ResultParts) { r.Worker = make([]byte, 256) },
	} {
		r := base()
		change(&r)
		_, err := r.Commitment()
		require.Error(t, err, "change %d", i)
	}
	_, err = RootOfRoots("input", [][]byte{root("a"), root("b")[:31]})
	require.ErrorIs(t, err, ErrRoots)
}
