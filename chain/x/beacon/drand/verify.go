// Package drand verifies public randomness of the scheme bls-unchained-g1-rfc9380: BLS12-381 with signatures in G1
// and the public key in G2, as drand's quicknet publishes it (https://drand.love, IETF RFC 9380 for hashing to the curve).
package drand

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

const (
	// SignatureSize is the length of a compressed point in G1.
	SignatureSize = bls.SizeOfG1AffineCompressed
	// PublicKeySize is the length of a compressed point in G2.
	PublicKeySize = bls.SizeOfG2AffineCompressed
)

// dst separates this use of hash-to-curve from every other; the value is drand's.
var dst = []byte("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_")

// ErrMismatch is returned for a well-formed signature that is not the round's.
var ErrMismatch = errors.New("the pairing check fails: this is not the signature of this round under the beacon's key")

// PublicKey is a checked point of the prime-order subgroup of G2.
type PublicKey struct{ point bls.G2Affine }

// ParsePublicKey decodes exactly 96 bytes, the canonical compressed encoding of a point in G2 other than infinity.
func ParsePublicKey(encoded []byte) (PublicKey, error) {
	var key PublicKey
	if len(encoded) != PublicKeySize {
		return key, fmt.Errorf("expected a compressed G2 point of %d bytes, found %d bytes", PublicKeySize, len(encoded))
	}
	if _, err := key.point.SetBytes(encoded); err != nil {
		return key, fmt.Errorf("expected a compressed G2 point, found bytes that decode to none: %w", err)
	}
	if key.point.IsInfinity() {
		return key, errors.New("expected a public key, found the point at infinity, under which everything verifies")
	}
	if again := key.point.Bytes(); !bytes.Equal(again[:], encoded) {
		return key, errors.New("expected the canonical compressed encoding, found another encoding of the same G2 point")
	}
	return key, nil
}

// ParseSignature decodes exactly 48 bytes, the canonical compressed encoding of a point in G1 other than infinity.
// gnark's own decoder accepts trailing bytes and uncompressed points: whoever posts a round could then choose among
// several byte strings, and with them among several values of SHA256(signature).
func ParseSignature(encoded []byte) (bls.G1Affine, error) {
	var point bls.G1Affine
	if len(encoded) != SignatureSize {
		return point, fmt.Errorf("expected a compressed G1 point of %d bytes, found %d bytes", SignatureSize, len(encoded))
	}
	if _, err := point.SetBytes(encoded); err != nil {
		return point, fmt.Errorf("expected a compressed G1 point in the subgroup, found bytes that decode to none: %w", err)
	}
	if point.IsInfinity() {
		return point, errors.New("expected a signature, found the point at infinity")
	}
	if again := point.Bytes(); !bytes.Equal(again[:], encoded) {
		return point, errors.New("expected the canonical compressed encoding, found another encoding of the same G1 point")
	}
	return point, nil
}

// Message is what a beacon signs for a round: SHA256 of the round as eight bytes, big-endian.
func Message(round uint64) []byte {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], round)
	sum := sha256.Sum256(number[:])
	return sum[:]
}

// Randomness is SHA256 of the 48 bytes of a signature.
func Randomness(signature []byte) []byte {
	sum := sha256.Sum256(signature)
	return sum[:]
}

// Verify checks that a signature is the round's under the key: e(signature, g2) = e(H(message), key).
// One call takes about 1.3 ms (two Miller loops and one final exponentiation).
func Verify(key PublicKey, round uint64, signature bls.G1Affine) error {
	hashed, err := bls.HashToG1(Message(round), dst)
	if err != nil {
		return fmt.Errorf("hash to curve: %w", err)
	}
	_, _, _, g2 := bls.Generators()
	var negated bls.G1Affine
	negated.Neg(&signature)
	ok, err := bls.PairingCheck([]bls.G1Affine{negated, hashed}, []bls.G2Affine{g2, key.point})
	if err != nil {
		return fmt.Errorf("pairing: %w", err)
	}
	if !ok {
		return ErrMismatch
	}
	return nil
}
