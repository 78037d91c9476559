package observable_test

import (
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// encodeBase58Check is the other direction, written as its definition reads.
func encodeBase58Check(payload []byte) string {
	const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	once := sha256.Sum256(payload)
	twice := sha256.Sum256(once[:])
	payload = append(payload, twice[:4]...)
	n, fiftyEight, digit := new(big.Int).SetBytes(payload), big.NewInt(58), new(big.Int)
	var out string
	for n.Sign() > 0 {
		n.DivMod(n, fiftyEight, digit)
		out = string(digits[digit.Int64()]) + out
	}
	for _, b := range payload {
		if b != 0 {
			break
		}
		out = "1" + out
	}
	return out
}

func TestBase58CheckOfEveryKey(t *testing.T) {
	valid := map[byte]bool{0x00: true, 0x05: true, 0x30: true, 0x32: true}
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.Byte().Draw(t, "version")
		key := rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "key")
		clear(key[:rapid.IntRange(0, 20).Draw(t, "leading zeros")])
		address := encodeBase58Check(append([]byte{version}, key...))
		v, err := observable.New(observable.Wallet, address)
		if valid[version] != (err == nil) || err == nil && v.Text != address {
			t.Fatalf("version %#x: %s: %v, %v", version, address, v, err)
		}
		if _, err := observable.New(observable.Wallet, "1"+address); err == nil {
			t.Fatalf("1%s has a zero byte too many", address)
		}
	})
}

// One wrong character is always noticed.
func TestWrongCharacterInWallet(t *testing.T) {
	addresses := []string{wannaCry, bip173, bip350, eip55, monero, "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"}
	for _, address := range addresses {
		if _, err := observable.New(observable.Wallet, address); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		address := []byte(rapid.SampledFrom(addresses).Draw(t, "address"))
		at := rapid.IntRange(0, len(address)-1).Draw(t, "at")
		before := address[at]
		address[at] = rapid.SampledFrom([]byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")).Draw(t, "character")
		v, err := observable.New(observable.Wallet, string(address))
		if err == nil && !strings.EqualFold(string(address[at]), string(before)) {
			t.Fatalf("%s: %v", address, v)
		}
	})
}
