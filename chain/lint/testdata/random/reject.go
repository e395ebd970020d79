package fixture

import (
	"crypto/rand"      // want random
	"hash/maphash"     // want random
	old "math/rand"    // want random
	new "math/rand/v2" // want random
)

func draw() (int, uint64) {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	return old.Int() + new.Int(), maphash.Bytes(maphash.MakeSeed(), b)
}
