package observable

import (
	"errors"
	"strings"
)

const bech32Digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

var bech32Value = func() (value [256]byte) {
	for i := range value {
		value[i] = 0xff
	}
	for i := range len(bech32Digits) {
		value[bech32Digits[i]] = byte(i)
	}
	return value
}()

// The constants that a checksum comes to: bech32 for the first version of
// witness programs (BIP 173), bech32m for all later ones (BIP 350).
const (
	bech32Sum  = 1
	bech32mSum = 0x2bc830a3
)

// segwit is a prefix, a '1', the version of a witness program, the program of
// 2 to 40 bytes in digits of five bits, and six digits of checksum (BIP 173,
// "Segwit address format").
func segwit(text string) (string, error) {
	lower := strings.ToLower(text)
	if lower != text && strings.ToUpper(text) != text {
		return "", errors.New("it is written in upper and lower case; it has to be one of them")
	}
	const longest, checksum = 90, 6
	separator := strings.LastIndexByte(lower, '1')
	prefix, digits := lower[:separator], lower[separator+1:]
	if len(lower) > longest || len(digits) < 1+checksum || prefix != "bc" && prefix != "ltc" {
		return "", errNoWallet
	}
	sum := uint32(1)
	for i := range len(prefix) {
		sum = polymod(sum, prefix[i]>>5)
	}
	sum = polymod(sum, 0)
	for i := range len(prefix) {
		sum = polymod(sum, prefix[i]&31)
	}
	for i := range len(digits) {
		value := bech32Value[digits[i]]
		if value == 0xff {
			return "", errors.New("a character is no digit of bech32 (1, b, i and o are not)")
		}
		sum = polymod(sum, value)
	}
	version, program := bech32Value[digits[0]], digits[1:len(digits)-checksum]
	want := uint32(bech32mSum)
	if version == 0 {
		want = bech32Sum
	}
	if sum != want {
		return "", errChecksum
	}
	return lower, checkProgram(version, program)
}

// checkProgram: whole bytes, padded with less than five bits of zero; 2 to 40
// of them, and for version 0 the hash of a key or of a script (BIP 141).
func checkProgram(version byte, program string) error {
	size, padding := len(program)*5/8, len(program)*5%8
	switch {
	case version > 16, size < 2, size > 40, version == 0 && size != 20 && size != 32:
		return errors.New("it is no witness program")
	case padding >= 5, padding > 0 && bech32Value[program[len(program)-1]]&(1<<padding-1) != 0:
		return errors.New("its digits are no whole bytes")
	}
	return nil
}

// polymod takes one digit into the checksum (BIP 173).
func polymod(sum uint32, value byte) uint32 {
	top := sum >> 25
	sum = (sum&0x1ffffff)<<5 ^ uint32(value)
	for i, generator := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= generator
		}
	}
	return sum
}
