// Package testnet writes a whole development network for one host: node homes, genesis, keys, and files that say where
// everything is.
package testnet

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/chain/app"
)

// Offsets of the ports of node i from base+i.
const (
	p2pOffset  = 100
	grpcOffset = 200
	restOffset = 300
	// maxValidators keeps the ranges of ports apart.
	maxValidators = 99
)

// Options of a network.
type Options struct {
	Dir        string
	Validators int
	BasePort   int
	ChainID    string
	// BlockTime that is aimed at; CometBFT waits three fifths of it after a commit, the rest is the round itself.
	BlockTime time.Duration
	// Accounts to fund, as name=amount with amounts like 1000000 or 1000000uassay, separated by commas.
	Accounts string
	// BeaconSeed derives the beacon's key; empty means a random one.
	BeaconSeed string
	// Stake, Balance and Deposit of each validator in uassay: bonded, in the account, and as a verifier.
	Stake, Balance, Deposit int64
}

// DefaultOptions of the command.
func DefaultOptions() Options {
	return Options{
		Validators: 4, BasePort: 26600, ChainID: "assay-devnet-1", BlockTime: 500 * time.Millisecond,
		Stake: 1_000_000_000, Balance: 1_000_000_000_000, Deposit: 10_000_000_000,
	}
}

type funded struct {
	name   string
	amount math.Int
}

var (
	namePattern    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	chainIDPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,47}$`)
)

// check validates everything before anything is written, and returns the accounts to fund.
func (o Options) check() ([]funded, error) {
	if o.Validators < 1 || o.Validators > maxValidators {
		return nil, fmt.Errorf("--validators: expected 1 to %d, found %d", maxValidators, o.Validators)
	}
	if highest := o.BasePort + restOffset + o.Validators - 1; o.BasePort < 1024 || highest > 65535 {
		return nil, fmt.Errorf("--base-port: expected 1024 to %d, found %d", 65535-restOffset-o.Validators+1, o.BasePort)
	}
	if !chainIDPattern.MatchString(o.ChainID) {
		return nil, fmt.Errorf("--chain-id: expected lower-case letters, digits and dashes (at most 48), found %q", o.ChainID)
	}
	if o.BlockTime < 100*time.Millisecond || o.BlockTime > time.Minute {
		return nil, fmt.Errorf("--block-time: expected 100ms to 1m, found %s", o.BlockTime)
	}
	if o.Stake < sdk.DefaultPowerReduction.Int64() || o.Balance < 0 || o.Deposit < 0 {
		return nil, fmt.Errorf("--stake, --balance, --deposit: expected a stake of at least %s and no negative amount, found %d, %d, %d", sdk.DefaultPowerReduction, o.Stake, o.Balance, o.Deposit)
	}
	if entries, err := os.ReadDir(o.Dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s: expected a new or empty folder, found %d entries: choose another, or remove it", o.Dir, len(entries))
	} else if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: expected a new or empty folder: %w", o.Dir, err)
	}
	return parseAccounts(o.Accounts)
}

func parseAccounts(list string) ([]funded, error) {
	var accounts []funded
	seen := map[string]bool{}
	for _, item := range strings.Split(list, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		name, amount, found := strings.Cut(item, "=")
		value, ok := math.NewIntFromString(strings.TrimSuffix(amount, app.Denom))
		if !found || !ok || !value.IsPositive() {
			return nil, fmt.Errorf("--accounts: expected name=amount with a positive amount in %s, found %q", app.Denom, item)
		}
		if !namePattern.MatchString(name) || strings.HasPrefix(name, "validator-") || seen[name] {
			return nil, fmt.Errorf("--accounts: expected each name once, of lower-case letters, digits and dashes, not validator-…, found %q", name)
		}
		seen[name] = true
		accounts = append(accounts, funded{name, value})
	}
	return accounts, nil
}
