package observable

import (
	"errors"
	"fmt"
	"strings"
)

// wallet checks an address to which cryptocurrency is paid, with its checksum.
// One that a digit is wrong in names nobody, or somebody else. The forms:
//
//   - Bitcoin and Litecoin, base58check (P2PKH, P2SH): as it is, case matters;
//   - Bitcoin and Litecoin, bech32 and bech32m (BIP 173, BIP 350): lower case;
//   - Ethereum and what uses its addresses: lower case; in mixed case the case
//     has to be right (EIP-55);
//   - Monero: as it is, case matters.
//
// Addresses of test networks are worth nothing, and refused.
func wallet(text string) (string, error) {
	address, err := walletAddress(text)
	if err != nil {
		return "", fmt.Errorf("cryptocurrency address %q: %w", text, err)
	}
	return address, nil
}

var (
	errNoWallet = errors.New("it is none of Bitcoin, Litecoin, Ethereum or Monero")
	errChecksum = errors.New("its checksum is wrong: a character was lost or changed")
	errTestnet  = errors.New("it belongs to a test network")
)

func walletAddress(text string) (string, error) {
	switch {
	case len(text) > moneroIntegrated:
		return "", errNoWallet
	case hasPrefixFold(text, "0x"):
		return ethereum(text)
	case hasPrefixFold(text, "bc1"), hasPrefixFold(text, "ltc1"):
		return segwit(text)
	case hasPrefixFold(text, "tb1"), hasPrefixFold(text, "bcrt1"), hasPrefixFold(text, "tltc1"):
		return "", errTestnet
	case len(text) == moneroStandard || len(text) == moneroIntegrated:
		return text, monero(text)
	}
	return text, base58check(text)
}

// ethereum is "0x" and 20 bytes in hexadecimal digits.
func ethereum(text string) (string, error) {
	digits := text[len("0x"):]
	if len(digits) != 40 || notHex(digits) >= 0 {
		return "", errors.New("want 0x and 40 hexadecimal digits")
	}
	lower := strings.ToLower(digits)
	if lower != digits && strings.ToUpper(digits) != digits && !isEIP55(digits, lower) {
		return "", errChecksum
	}
	if text[1] == 'x' && lower == digits {
		return text, nil
	}
	return "0x" + lower, nil
}

// isEIP55: a letter is in upper case where the digit at its place in the hash
// of the digits in lower case is 8 or more (EIP-55).
func isEIP55(digits, lower string) bool {
	hash := keccak256([]byte(lower))
	for i := range len(digits) {
		nibble := hash[i/2] >> 4
		if i%2 == 1 {
			nibble = hash[i/2] & 15
		}
		isLetter := lower[i] >= 'a'
		if isLetter && (digits[i] != lower[i]) != (nibble >= 8) {
			return false
		}
	}
	return true
}
