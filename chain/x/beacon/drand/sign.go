package drand

import (
	"errors"
	"fmt"
	"math/big"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// SecretKeySize is the length of a secret key: a scalar, big-endian.
const SecretKeySize = fr.Bytes

// SecretKey signs rounds of a development network. A public network uses a public drand chain and has no such key.
type SecretKey struct{ scalar big.Int }

// ParseSecretKey decodes 32 bytes, a scalar in [1, r).
func ParseSecretKey(encoded []byte) (SecretKey, error) {
	var key SecretKey
	if len(encoded) != SecretKeySize {
		return key, fmt.Errorf("expected a secret key of %d bytes, found %d bytes", SecretKeySize, len(encoded))
	}
	key.scalar.SetBytes(encoded)
	if key.scalar.Sign() == 0 || key.scalar.Cmp(fr.Modulus()) >= 0 {
		return key, errors.New("expected a scalar in [1, r) of BLS12-381, found one outside")
	}
	return key, nil
}

// DeriveSecretKey makes a secret key from a seed: hash to field (RFC 9380), so that any seed will do. For development only.
func DeriveSecretKey(seed []byte) (SecretKey, error) {
	var key SecretKey
	elements, err := fr.Hash(seed, []byte("assay/devnet-beacon/1"), 1)
	if err != nil {
		return key, fmt.Errorf("derive the beacon's secret key: %w", err)
	}
	if elements[0].IsZero() {
		return key, errors.New("this seed derives the zero key: choose another")
	}
	elements[0].BigInt(&key.scalar)
	return key, nil
}

// Bytes returns the 32 bytes of the scalar, big-endian.
func (k SecretKey) Bytes() []byte {
	out := make([]byte, SecretKeySize)
	k.scalar.FillBytes(out)
	return out
}

// PublicKey returns the 96 bytes of the key in G2.
func (k SecretKey) PublicKey() []byte {
	_, _, _, g2 := bls.Generators()
	var point bls.G2Affine
	point.ScalarMultiplication(&g2, &k.scalar)
	encoded := point.Bytes()
	return encoded[:]
}

// Sign returns the 48 bytes of a round's signature.
func (k SecretKey) Sign(round uint64) ([]byte, error) {
	hashed, err := bls.HashToG1(Message(round), dst)
	if err != nil {
		return nil, fmt.Errorf("hash to curve: %w", err)
	}
	var point bls.G1Affine
	point.ScalarMultiplication(&hashed, &k.scalar)
	encoded := point.Bytes()
	return encoded[:], nil
}
