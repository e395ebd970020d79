package types

import (
	"fmt"
	"strings"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// CheckAmount refuses an amount that is missing, negative, longer than 128 bits or, unless zero is allowed, zero.
func CheckAmount(a math.Int, zero bool) error {
	switch {
	case a.IsNil():
		return ErrAmount.Wrap("an integer expected, none found")
	case a.IsNegative():
		return ErrAmount.Wrapf("no negative amount expected, %s found", a)
	case a.IsZero() && !zero:
		return ErrAmount.Wrap("a positive amount expected, 0 found")
	case a.BigInt().BitLen() > maxAmountBits:
		return ErrAmount.Wrapf("at most %d bits expected, %d found", maxAmountBits, a.BigInt().BitLen())
	}
	return nil
}

// CheckText refuses text outside lo to hi bytes or with anything but printable ASCII without spaces at its ends.
func CheckText(what, s string, lo, hi int) error {
	if len(s) < lo || len(s) > hi {
		return fmt.Errorf("%s: %d to %d bytes expected, %d found", what, lo, hi, len(s))
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return fmt.Errorf("%s: printable ASCII expected, byte %#02x found at %d", what, s[i], i)
		}
	}
	if strings.TrimSpace(s) != s {
		return fmt.Errorf("%s: no spaces at the ends expected, %q found", what, s)
	}
	return nil
}

// CheckURL wants an http or https URL with a host, without user, fragment, spaces or a trailing slash. What stands behind it
// is hostile all the same: clients refuse private addresses, cap sizes and check digests.
func CheckURL(what, s string, maxLen int) error {
	if err := CheckText(what, s, 1, maxLen); err != nil {
		return ErrEndpoint.Wrap(err.Error())
	}
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	host, _, _ := strings.Cut(rest, "/")
	if !ok || host == "" || strings.ContainsAny(s, " \"<>\\^`{|}#") || strings.ContainsAny(host, "@?%") || strings.HasSuffix(s, "/") {
		return ErrEndpoint.Wrapf("%s: http(s)://host[:port][/path] without user, fragment or trailing slash expected, %q found", what, s)
	}
	return nil
}

// CheckRoot wants a 32-byte root.
func CheckRoot(what string, root []byte) error {
	if len(root) != 32 {
		return ErrRoots.Wrapf("%s: 32 bytes expected, %d found", what, len(root))
	}
	return nil
}

// Account decodes a bech32 account address.
func Account(what, s string) (sdk.AccAddress, error) {
	a, err := sdk.AccAddressFromBech32(s)
	if err != nil {
		return nil, ErrAddress.Wrapf("%s: an account address expected, %q found: %s", what, s, err)
	}
	return a, nil
}
