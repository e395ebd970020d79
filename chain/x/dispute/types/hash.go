package types

import (
	"crypto/sha256"
	"encoding/binary"
)

// FaultTag separates fault commitments from every other hash of the chain.
const FaultTag = "assay/fault/1"

// FaultHash is what CommitFault carries (PROTOCOL.md §6.4):
//
//	SHA256(len ‖ assay/fault/1 ‖ len ‖ chain id ‖ job as u64 big-endian ‖ len ‖ sender ‖ 32-byte salt ‖ SHA256(proof))
//
// sender is the address' raw bytes. Job and sender are inside, so that a copied commitment proves nothing for its copier.
func FaultHash(chainID string, jobID uint64, sender []byte, salt [HashSize]byte, proof []byte) [HashSize]byte {
	h := sha256.New()
	short := func(b []byte) {
		h.Write([]byte{byte(len(b))})
		h.Write(b)
	}
	short([]byte(FaultTag))
	short([]byte(chainID))
	var job [8]byte
	binary.BigEndian.PutUint64(job[:], jobID)
	h.Write(job[:])
	short(sender)
	h.Write(salt[:])
	digest := sha256.Sum256(proof)
	h.Write(digest[:])
	return [HashSize]byte(h.Sum(nil))
}
