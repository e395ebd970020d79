package testnet

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	"github.com/cosmos/cosmos-sdk/testutil"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/assay-chain/assay/chain/app"
	"github.com/assay-chain/assay/chain/app/genesis"
	"github.com/assay-chain/assay/chain/x/beacon/drand"
)

// Write creates the network's folder. Nothing is written if an option is wrong.
func Write(o Options, encoding app.Encoding, state app.GenesisState) (*Network, error) {
	accounts, err := o.check()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	start := time.Now().UTC().Truncate(time.Second)
	network := &Network{ChainID: o.ChainID, Denom: app.Denom, Bech32Prefix: app.Bech32Prefix, BlockTimeMs: o.BlockTime.Milliseconds(), GenesisTime: start, Accounts: map[string]string{}}
	beacon, err := newBeacon(o.BeaconSeed, start)
	if err != nil {
		return nil, err
	}
	network.Beacon.PublicKey, network.Beacon.GenesisTime, network.Beacon.PeriodMs = beacon.PublicKey, beacon.GenesisTime, beacon.PeriodMs

	writer := writer{Options: o, encoding: encoding, network: network, ledger: genesis.Ledger{Denom: app.Denom}, secrets: Accounts{HDPath: sdk.GetConfig().GetFullBIP44Path()}}
	if err := writer.nodes(accounts); err != nil {
		return nil, err
	}
	if err := writer.genesis(state, beacon); err != nil {
		return nil, err
	}
	if err := writeJSON(o.Dir, "accounts.json", 0o600, writer.secrets); err != nil {
		return nil, err
	}
	if err := writeJSON(o.Dir, "beacon.json", 0o600, beacon); err != nil {
		return nil, err
	}
	return network, writeJSON(o.Dir, "network.json", 0o644, network)
}

type writer struct {
	Options
	encoding app.Encoding
	network  *Network
	ledger   genesis.Ledger
	secrets  Accounts
	homes    []*node
}

// nodes creates the homes with their operators' keys, and the funded accounts in the first home's keyring.
func (w *writer) nodes(accounts []funded) error {
	var peers []string
	for i := range w.Validators {
		node, err := newNode(w.Options, i)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("validator-%d", i)
		address, err := w.key(node, name, math.NewInt(w.Balance), true)
		if err != nil {
			return err
		}
		node.Operator = address.String()
		w.homes = append(w.homes, node)
		peers = append(peers, node.P2P)
		w.network.Nodes = append(w.network.Nodes, node.Node)
		w.ledger.Validators = append(w.ledger.Validators, genesis.Validator{
			Account: genesis.Account{Address: address, Amount: math.NewInt(w.Balance)}, Name: name, Consensus: node.consensus,
			Stake: math.NewInt(w.Stake), Deposit: math.NewInt(w.Deposit),
		})
	}
	for _, account := range accounts {
		address, err := w.key(w.homes[0], account.name, account.amount, false)
		if err != nil {
			return err
		}
		w.ledger.Accounts = append(w.ledger.Accounts, genesis.Account{Address: address, Amount: account.amount})
	}
	for i, node := range w.homes {
		others := append(append([]string{}, peers[:i]...), peers[i+1:]...)
		if err := node.write(w.Options, strings.Join(others, ",")); err != nil {
			return err
		}
	}
	return nil
}

// key makes a new key in a node's keyring and notes it.
func (w *writer) key(node *node, name string, amount math.Int, validator bool) (sdk.AccAddress, error) {
	ring, err := keyring.New(sdk.KeyringServiceName(), keyring.BackendTest, node.config.RootDir, strings.NewReader(""), w.encoding.Codec)
	if err != nil {
		return nil, fmt.Errorf("keyring of %s: %w", node.Name, err)
	}
	address, mnemonic, err := testutil.GenerateSaveCoinKey(ring, name, "", false, hd.Secp256k1)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", name, err)
	}
	w.network.Accounts[name] = address.String()
	w.secrets.Accounts = append(w.secrets.Accounts, Secret{Name: name, Address: address.String(), Mnemonic: mnemonic, Amount: amount.String(), Validator: validator})
	return address, nil
}

// genesis writes one and the same genesis into every home.
func (w *writer) genesis(state app.GenesisState, beacon Beacon) error {
	publicKey, err := hex.DecodeString(beacon.PublicKey)
	if err != nil {
		return err
	}
	devnet := genesis.Devnet{Denom: app.Denom, BeaconKey: publicKey, Start: beacon.GenesisTime}
	if err := devnet.Apply(w.encoding.Codec, state); err != nil {
		return err
	}
	if err := w.ledger.Apply(w.encoding.Codec, state); err != nil {
		return err
	}
	encoded, err := json.Marshal(state)
	if err != nil {
		return err
	}
	document := genutiltypes.NewAppGenesisWithVersion(w.ChainID, encoded)
	document.AppName = app.Name
	document.GenesisTime = w.network.GenesisTime
	params := cmttypes.DefaultConsensusParams()
	params.Block.MaxGas = genesis.MaxBlockGas
	document.Consensus.Params = params
	for _, node := range w.homes {
		if err := genutil.ExportGenesisFile(document, node.config.GenesisFile()); err != nil {
			return fmt.Errorf("genesis of %s: %w", node.Name, err)
		}
	}
	return nil
}

func newBeacon(seed string, start time.Time) (Beacon, error) {
	material := []byte(seed)
	if seed == "" {
		material = make([]byte, 32)
		if _, err := rand.Read(material); err != nil {
			return Beacon{}, fmt.Errorf("randomness for the beacon's key: %w", err)
		}
	}
	key, err := drand.DeriveSecretKey(material)
	if err != nil {
		return Beacon{}, err
	}
	return Beacon{
		SecretKey: hex.EncodeToString(key.Bytes()), PublicKey: hex.EncodeToString(key.PublicKey()),
		GenesisTime: start, PeriodMs: genesis.BeaconPeriod.Milliseconds(),
	}, nil
}
