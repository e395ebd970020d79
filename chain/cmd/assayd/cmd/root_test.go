package cmd

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	svrcmd "github.com/cosmos/cosmos-sdk/server/cmd"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/chain/cmd/assayd/testnet"
	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

// The command line is built once: the SDK's configuration is sealed by it.
func root(t *testing.T) *cobra.Command {
	t.Helper()
	if shared == nil {
		var err error
		shared, err = NewRoot() // panics where a field is named like a flag
		require.NoError(t, err)
	}
	return shared
}

var shared *cobra.Command

func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := root(t)
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(svrcmd.CreateExecuteContext(t.Context()))
	return out.String(), err
}

func TestEveryMessageAndQueryHasACommand(t *testing.T) {
	for module, commands := range map[string][]string{
		"query registry": {"params", "artifact", "artifacts", "policy", "policies"},
		"query beacon":   {"params", "round", "pinned"},
		"query compute":  {"params", "job", "jobs", "worker", "workers", "verifier", "verifiers", "duties", "snapshot", "price"},
		"query dispute":  {"params", "dispute", "disputes", "demand", "dry-run"},
		"tx registry":    {"publish", "deprecate", "set-policy", "update-params"},
		"tx beacon":      {"post", "update-params"},
		"tx compute": {"submit-job", "cancel-job", "register-worker", "claim-job", "commit-result", "register-verifier",
			"top-up-verifier", "withdraw-verifier", "attest", "update-params"},
		"tx dispute": {"challenge", "publish-trace", "demand-chunks", "serve-chunks", "commit-fault", "prove-fault", "open-input", "open-weight", "update-params"},
	} {
		for _, command := range commands {
			path := append(strings.Fields(module), command)
			found, rest, err := root(t).Find(path)
			require.NoError(t, err, path)
			require.Empty(t, rest, path)
			require.Equal(t, command, found.Name(), path)
			require.NotEmpty(t, found.Short, path)
		}
	}
}

func TestBeaconSignature(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "beacon.json")
	key, err := drand.DeriveSecretKey([]byte("seed"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(`{"secret_key":"`+hex.EncodeToString(key.Bytes())+`"}`), 0o600))
	out, err := run(t, "beacon", "sign", "--key", file, "--round", "7")
	require.NoError(t, err)
	signature, err := hex.DecodeString(strings.TrimSpace(out))
	require.NoError(t, err)
	point, err := drand.ParseSignature(signature)
	require.NoError(t, err)
	public, err := drand.ParsePublicKey(key.PublicKey())
	require.NoError(t, err)
	require.NoError(t, drand.Verify(public, 7, point))

	for _, args := range [][]string{{"--key", file, "--round", "0"}, {"--key", filepath.Join(dir, "none"), "--round", "1"}} {
		_, err = run(t, append([]string{"beacon", "sign"}, args...)...)
		require.ErrorContains(t, err, "expected")
	}
	require.NoError(t, os.WriteFile(file, []byte(`{"secret_key":"00"}`), 0o600))
	_, err = run(t, "beacon", "sign", "--key", file, "--round", "1")
	require.ErrorContains(t, err, "expected a secret key of 32 bytes")
}

func TestTestnetCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "net")
	out, err := run(t, "testnet", dir, "--validators", "1", "--base-port", "30000", "--accounts", "alice=5")
	require.NoError(t, err)
	require.Contains(t, out, "http://127.0.0.1:30000")
	beacon, err := testnet.ReadBeacon(filepath.Join(dir, "beacon.json"))
	require.NoError(t, err)
	_, err = beacon.Key()
	require.NoError(t, err)
	_, err = run(t, "testnet", dir)
	require.ErrorContains(t, err, "expected a new or empty folder")
}

func TestOfflineCommandsAreTheSameWithoutTheApplication(t *testing.T) {
	for _, name := range []string{"program", "referee", "beacon"} {
		light, err := For([]string{name})
		require.NoError(t, err)
		full, _, err := root(t).Find([]string{name})
		require.NoError(t, err)
		found, _, err := light.Find([]string{name})
		require.NoError(t, err)
		require.Equal(t, full.Short, found.Short)
		require.Len(t, found.Commands(), len(full.Commands()))
	}
}
