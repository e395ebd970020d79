package drand_test

import (
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"testing"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

type vector struct {
	PublicKey  string `json:"public_key_g2"`
	Round      uint64 `json:"round"`
	Signature  string `json:"signature_g1"`
	Randomness string `json:"randomness"`
}

func quicknet(t *testing.T) (v vector, key drand.PublicKey, signature []byte) {
	content, err := os.ReadFile("../../../../test/vectors/drand-quicknet.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &v))
	encoded, err := hex.DecodeString(v.PublicKey)
	require.NoError(t, err)
	key, err = drand.ParsePublicKey(encoded)
	require.NoError(t, err)
	signature, err = hex.DecodeString(v.Signature)
	require.NoError(t, err)
	return v, key, signature
}

func TestQuicknetRoundVerifies(t *testing.T) {
	v, key, signature := quicknet(t)
	point, err := drand.ParseSignature(signature)
	require.NoError(t, err)
	require.NoError(t, drand.Verify(key, v.Round, point))
	require.Equal(t, v.Randomness, hex.EncodeToString(drand.Randomness(signature)))
	require.ErrorIs(t, drand.Verify(key, v.Round+1, point), drand.ErrMismatch)

	other, err := drand.DeriveSecretKey([]byte("another beacon"))
	require.NoError(t, err)
	stranger, err := drand.ParsePublicKey(other.PublicKey())
	require.NoError(t, err)
	require.ErrorIs(t, drand.Verify(stranger, v.Round, point), drand.ErrMismatch)
}

// Every encoding but the one canonical one is refused: a poster that could choose among several could choose the randomness.
func TestHostileSignatures(t *testing.T) {
	_, _, good := quicknet(t)
	change := func(f func([]byte)) []byte {
		b := append([]byte{}, good...)
		f(b)
		return b
	}
	var point bls.G1Affine
	_, err := point.SetBytes(good)
	require.NoError(t, err)
	raw := point.RawBytes()
	var infinity bls.G1Affine
	encodedInfinity := infinity.Bytes()

	// x + p is the same field element in another encoding, where it fits into 381 bits.
	x := new(big.Int).SetBytes(change(func(b []byte) { b[0] &= 0x1f }))
	unreduced := make([]byte, 48)
	new(big.Int).Add(x, fp.Modulus()).FillBytes(unreduced)
	unreduced[0] |= good[0] & 0xe0

	for name, encoded := range map[string][]byte{
		"empty":                     nil,
		"short":                     good[:47],
		"one trailing byte":         append(append([]byte{}, good...), 0),
		"the point twice":           append(append([]byte{}, good...), good...),
		"uncompressed":              raw[:],
		"uncompressed flag, 48":     change(func(b []byte) { b[0] &^= 0x80 }),
		"infinity":                  encodedInfinity[:],
		"infinity with a payload":   change(func(b []byte) { b[0] |= 0x40 }),
		"infinity with y flag":      append([]byte{0xe0}, make([]byte, 47)...),
		"zero bytes":                make([]byte, 48),
		"all ones":                  change(func(b []byte) { fill(b, 0xff) }),
		"x not reduced":             unreduced,
		"x = p":                     withFlags(fp.Modulus(), 0x80),
		"not on the curve":          offCurve(t),
		"on the curve, other group": otherSubgroup(t),
	} {
		_, err := drand.ParseSignature(encoded)
		require.Error(t, err, name)
	}
	// The other root y is a well-formed point, and simply not the signature.
	_, key, _ := quicknet(t)
	negated, err := drand.ParseSignature(change(func(b []byte) { b[0] ^= 0x20 }))
	require.NoError(t, err)
	require.ErrorIs(t, drand.Verify(key, 1000, negated), drand.ErrMismatch)
}

func fill(b []byte, value byte) {
	for i := range b {
		b[i] = value
	}
}

func withFlags(x *big.Int, flags byte) []byte {
	out := make([]byte, 48)
	x.FillBytes(out)
	out[0] |= flags
	return out
}

// curvePoint finds the smallest x from start on for which x^3 + 4 is, or is not, a square.
func curvePoint(start uint64, square bool) (x, y fp.Element) {
	var four fp.Element
	four.SetUint64(4)
	for i := start; ; i++ {
		x.SetUint64(i)
		var right fp.Element
		right.Square(&x).Mul(&right, &x).Add(&right, &four)
		if (right.Legendre() == 1) == square {
			y.Sqrt(&right)
			return x, y
		}
	}
}

func offCurve(t *testing.T) []byte {
	x, _ := curvePoint(1, false)
	value := new(big.Int)
	return withFlags(x.BigInt(value), 0x80)
}

// otherSubgroup is a point of the curve outside the prime-order subgroup: small-subgroup signatures would verify nothing.
func otherSubgroup(t *testing.T) []byte {
	x, y := curvePoint(1, true)
	point := bls.G1Affine{X: x, Y: y}
	require.True(t, point.IsOnCurve())
	require.False(t, point.IsInSubGroup(), "the cofactor is 2^125: a random point is hardly ever in the subgroup")
	encoded := point.Bytes()
	return encoded[:]
}

func TestHostilePublicKeys(t *testing.T) {
	v, _, _ := quicknet(t)
	good, err := hex.DecodeString(v.PublicKey)
	require.NoError(t, err)
	var infinity bls.G2Affine
	encodedInfinity := infinity.Bytes()
	var point bls.G2Affine
	_, err = point.SetBytes(good)
	require.NoError(t, err)
	raw := point.RawBytes()
	for name, encoded := range map[string][]byte{
		"empty": nil, "short": good[:95], "trailing": append(append([]byte{}, good...), 0), "infinity": encodedInfinity[:],
		"uncompressed": raw[:], "zero": make([]byte, 96),
	} {
		_, err := drand.ParsePublicKey(encoded)
		require.Error(t, err, name)
	}
}

func TestSignerRoundTrip(t *testing.T) {
	key, err := drand.DeriveSecretKey([]byte("seed"))
	require.NoError(t, err)
	again, err := drand.ParseSecretKey(key.Bytes())
	require.NoError(t, err)
	public, err := drand.ParsePublicKey(again.PublicKey())
	require.NoError(t, err)
	for _, round := range []uint64{1, 2, 1 << 40, ^uint64(0)} {
		signature, err := again.Sign(round)
		require.NoError(t, err)
		point, err := drand.ParseSignature(signature)
		require.NoError(t, err)
		require.NoError(t, drand.Verify(public, round, point))
	}
	for name, encoded := range map[string][]byte{"zero": make([]byte, 32), "short": make([]byte, 31), "above the order": change32(0xff)} {
		_, err := drand.ParseSecretKey(encoded)
		require.Error(t, err, name)
	}
}

func change32(value byte) []byte {
	b := make([]byte, 32)
	fill(b, value)
	return b
}

func BenchmarkVerify(b *testing.B) {
	key, _ := drand.DeriveSecretKey([]byte("seed"))
	public, _ := drand.ParsePublicKey(key.PublicKey())
	signature, _ := key.Sign(7)
	for b.Loop() {
		point, err := drand.ParseSignature(signature)
		if err != nil {
			b.Fatal(err)
		}
		if err := drand.Verify(public, 7, point); err != nil {
			b.Fatal(err)
		}
	}
}
