package types

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/assay-chain/assay/chain/merkle"
)

// Tags of what this module hashes.
const (
	resultTag    = "assay/result/1"
	executionTag = "assay/execution/1"
)

// preimage collects the bytes of a hash as PROTOCOL §1 has them: variable fields after one length byte, integers as
// eight bytes big-endian, roots as they are.
type preimage []byte

func (p *preimage) field(b []byte) {
	*p = append(*p, byte(len(b)))
	*p = append(*p, b...)
}
func (p *preimage) u64(n uint64)  { *p = binary.BigEndian.AppendUint64(*p, n) }
func (p *preimage) root(b []byte) { *p = append(*p, b...) }

// ExecutionHash is the record leaf of an Execution: SHA256(0x00 ‖ len ‖ assay/execution/1 ‖ canonical protobuf bytes).
// PROTOCOL calls it the profile hash.
func ExecutionHash(e Execution) ([]byte, error) {
	bz, err := e.Marshal()
	if err != nil {
		return nil, err
	}
	leaf := merkle.TaggedLeaf(executionTag, bz)
	return leaf[:], nil
}

// ResultParts is what a worker's commitment binds. Roots are 32 bytes; TraceRoot is empty where no trace is committed.
type ResultParts struct {
	ChainID string
	JobID   uint64
	// Worker is the raw account address.
	Worker                           []byte
	ProgramRoot, WeightsRoot         []byte
	ExecutionHash                    []byte
	InputRoot, OutputRoot, TraceRoot []byte
}

// Commitment is SHA256(len ‖ assay/result/1 ‖ len ‖ chain id ‖ job ‖ len ‖ worker ‖ program root ‖ weights root ‖
// profile hash ‖ input root ‖ output root ‖ trace root or 32 zeros). It errs where a part has a wrong length, because two
// different sets of parts must never share their bytes.
func (r ResultParts) Commitment() ([]byte, error) {
	trace := r.TraceRoot
	if len(trace) == 0 {
		trace = make([]byte, 32)
	}
	if len(r.ChainID) > 255 || len(r.Worker) > 255 {
		return nil, ErrCommitment.Wrapf("chain id and address of at most 255 bytes expected, %d and %d found", len(r.ChainID), len(r.Worker))
	}
	var p preimage
	p.field([]byte(resultTag))
	p.field([]byte(r.ChainID))
	p.u64(r.JobID)
	p.field(r.Worker)
	for _, part := range []struct {
		name string
		root []byte
	}{
		{"program root", r.ProgramRoot}, {"weights root", r.WeightsRoot}, {"profile hash", r.ExecutionHash},
		{"input root", r.InputRoot}, {"output root", r.OutputRoot}, {"trace root", trace},
	} {
		if err := CheckRoot(part.name, part.root); err != nil {
			return nil, err
		}
		p.root(part.root)
	}
	h := sha256.Sum256(p)
	return h[:], nil
}

// RootOfRoots is the tree over data roots of 32 bytes each (input, output). It errs where one has another length.
func RootOfRoots(what string, roots [][]byte) ([]byte, error) {
	hashes := make([]merkle.Hash, len(roots))
	for i, r := range roots {
		if err := CheckRoot(what, r); err != nil {
			return nil, err
		}
		hashes[i] = merkle.Hash(r)
	}
	root := merkle.RootOfRoots(hashes)
	return root[:], nil
}
