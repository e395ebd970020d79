package types

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden vectors anew")

// golden compares a value with test/vectors/name, or writes it with -update. TypeScript checks the same files.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "test", "vectors", name)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	require.NoError(t, e.Encode(v))
	if *update {
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
	}
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(kept), b.String(), "%s differs: a change here is a change of the protocol (refresh with -update)", name)
}
