package audit

import (
	"github.com/assay-chain/assay/chain/merkle"
	"github.com/assay-chain/assay/chain/program"
	disputetypes "github.com/assay-chain/assay/chain/x/dispute/types"
)

// Bytes that one hash, and one full chunk, take of a proof at least.
const (
	hashBytes  = 32
	chunkBytes = merkle.ChunkSize
)

// txGasPerByte is what the Cosmos SDK charges for a byte of a transaction by default (x/auth, TxSizeCostPerByte).
const txGasPerByte = 10

// JudgementGas bounds the gas of revealing and judging a proof about any element of a node that passed Check, at the default
// prices of x/dispute: the bytes of the transaction; decoding the proof; the work of the element; every opened byte hashed
// once, and an inner node for every hash and chunk of the proof.
func JudgementGas(n *program.Node, info *program.NodeInfo) uint64 {
	p := disputetypes.DefaultParams()
	tensors := uint64(len(n.Inputs) + len(n.Outputs))
	chunks := info.Proof/chunkBytes + tensors // only the last chunk of a tensor is short
	inner := info.Proof/hashBytes + chunks + tensors
	// decoding; the leaves, each padded to a block more at most; inner nodes of two blocks; the leaf of each data root; the
	// record's leaf
	blocks := merkle.Blocks(info.Proof) + merkle.Blocks(info.Proof) + chunks + 2*inner + tensors + 2
	work := (info.Work.MACs+disputetypes.JudgementMACs)*p.MacMilligas + info.Work.Exponentials*p.ExponentialMilligas
	return info.Proof*txGasPerByte + (blocks*p.HashMilligas+work)/1000
}
