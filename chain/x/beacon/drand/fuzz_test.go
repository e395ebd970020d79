package drand

import (
	"bytes"
	"testing"
)

// FuzzParse: a key or signature has one encoding, of its exact length; other bytes are refused.
func FuzzParse(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0x80}, SignatureSize))
	f.Add(append([]byte{0xc0}, make([]byte, PublicKeySize-1)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParseSignature(b); err == nil {
			if again := p.Bytes(); !bytes.Equal(again[:], b) {
				t.Fatal("a signature has two encodings")
			}
		}
		if k, err := ParsePublicKey(b); err == nil {
			if again := k.point.Bytes(); !bytes.Equal(again[:], b) {
				t.Fatal("a key has two encodings")
			}
		}
	})
}
