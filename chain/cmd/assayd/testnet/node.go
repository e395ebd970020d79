package testnet

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/x/genutil"

	"github.com/assay-chain/assay/chain/app"
)

// queryGasLimit bounds a query over gRPC and REST to what a block may do: a dry run of any acceptable proof fits.
const queryGasLimit = 200_000_000

type node struct {
	Node
	config    *cmtcfg.Config
	consensus cryptotypes.PubKey
}

// newNode creates a home with node and consensus keys and says where it will listen.
func newNode(o Options, i int) (*node, error) {
	name := fmt.Sprintf("node-%d", i)
	at := func(scheme string, offset int) string {
		return fmt.Sprintf("%s127.0.0.1:%d", scheme, o.BasePort+offset+i)
	}
	config := cmtcfg.DefaultConfig()
	config.SetRoot(filepath.Join(o.Dir, name))
	cmtcfg.EnsureRoot(config.RootDir)
	config.Moniker = name
	config.RPC.ListenAddress = at("tcp://", 0)
	config.RPC.PprofListenAddress = ""
	config.P2P.ListenAddress = at("tcp://", p2pOffset)
	// Many nodes on one address that all know each other from the start.
	config.P2P.AddrBookStrict, config.P2P.AllowDuplicateIP, config.P2P.PexReactor = false, true, false
	config.Consensus.TimeoutCommit = o.BlockTime * 3 / 5
	config.Consensus.TimeoutPropose = max(time.Second, o.BlockTime)
	id, consensus, err := genutil.InitializeNodeValidatorFiles(config)
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", name, err)
	}
	return &node{
		Node: Node{
			Name: name, Home: name, NodeID: id,
			RPC: at("http://", 0), P2P: fmt.Sprintf("%s@%s", id, at("", p2pOffset)), GRPC: at("", grpcOffset), REST: at("http://", restOffset),
		},
		config: config, consensus: consensus,
	}, nil
}

// write stores the node's three configuration files.
func (n *node) write(o Options, peers string) error {
	n.config.P2P.PersistentPeers = peers
	cmtcfg.WriteConfigFile(filepath.Join(n.config.RootDir, "config", "config.toml"), n.config)

	server := srvconfig.DefaultConfig()
	server.MinGasPrices = "0" + app.Denom
	server.QueryGasLimit = queryGasLimit
	server.Pruning = "nothing"
	server.GRPC.Address = n.GRPC
	server.API.Enable = true
	server.API.Address = "tcp://" + n.REST[len("http://"):]
	srvconfig.SetConfigTemplate(srvconfig.DefaultConfigTemplate)
	srvconfig.WriteConfigFile(filepath.Join(n.config.RootDir, "config", "app.toml"), server)
	client := fmt.Sprintf("chain-id = %q\nkeyring-backend = \"test\"\noutput = \"json\"\nnode = %q\nbroadcast-mode = \"sync\"\n", o.ChainID, n.config.RPC.ListenAddress)
	return os.WriteFile(filepath.Join(n.config.RootDir, "config", "client.toml"), []byte(client), 0o600)
}
