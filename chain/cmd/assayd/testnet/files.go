package testnet

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

// Network is DIR/network.json: where everything is. It holds no secret.
type Network struct {
	ChainID      string    `json:"chain_id"`
	Denom        string    `json:"denom"`
	Bech32Prefix string    `json:"bech32_prefix"`
	BlockTimeMs  int64     `json:"block_time_ms"`
	GenesisTime  time.Time `json:"genesis_time"`
	Nodes        []Node    `json:"nodes"`
	Beacon       struct {
		PublicKey   string    `json:"public_key"`
		GenesisTime time.Time `json:"genesis_time"`
		PeriodMs    int64     `json:"period_ms"`
	} `json:"beacon"`
	// Accounts by name with their addresses, validators' operators included.
	Accounts map[string]string `json:"accounts"`
}

// Node is one validator's node.
type Node struct {
	Name string `json:"name"`
	// Home relative to DIR.
	Home     string `json:"home"`
	NodeID   string `json:"node_id"`
	Operator string `json:"operator"`
	RPC      string `json:"rpc"`
	P2P      string `json:"p2p"`
	GRPC     string `json:"grpc"`
	REST     string `json:"rest"`
}

// Accounts is DIR/accounts.json, readable by its owner alone.
type Accounts struct {
	HDPath   string   `json:"hd_path"`
	Accounts []Secret `json:"accounts"`
}

// Secret is one account's key.
type Secret struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Mnemonic string `json:"mnemonic"`
	// Amount at genesis, in the network's denomination.
	Amount string `json:"amount"`
	// Validator operators have their stake and deposit besides.
	Validator bool `json:"validator"`
}

// Beacon is DIR/beacon.json, readable by its owner alone: the key that signs the network's randomness.
type Beacon struct {
	SecretKey   string    `json:"secret_key"`
	PublicKey   string    `json:"public_key"`
	GenesisTime time.Time `json:"genesis_time"`
	PeriodMs    int64     `json:"period_ms"`
}

// Key decodes the secret key.
func (b Beacon) Key() (drand.SecretKey, error) {
	encoded, err := hex.DecodeString(b.SecretKey)
	if err != nil {
		return drand.SecretKey{}, fmt.Errorf("secret_key: expected hexadecimal digits: %w", err)
	}
	return drand.ParseSecretKey(encoded)
}

// ReadBeacon reads a beacon.json.
func ReadBeacon(file string) (Beacon, error) {
	var beacon Beacon
	content, err := os.ReadFile(file)
	if err != nil {
		return beacon, fmt.Errorf("--key: expected a network's beacon.json: %w", err)
	}
	if err := json.Unmarshal(content, &beacon); err != nil {
		return beacon, fmt.Errorf("%s: expected JSON: %w", file, err)
	}
	return beacon, nil
}

func writeJSON(dir, name string, mode os.FileMode, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), append(content, '\n'), mode)
}
