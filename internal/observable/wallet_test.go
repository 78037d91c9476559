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

// A block of Monero's digits can be written larger than the bytes that it
// stands for; such an address is none.
func TestMoneroBlocksOverflow(t *testing.T) {
	const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	enlarged := func(block string, bits uint) (string, bool) {
		n, fiftyEight, digit := new(big.Int), big.NewInt(58), new(big.Int)
		for _, c := range block {
			n.Add(n.Mul(n, fiftyEight), big.NewInt(int64(strings.IndexRune(digits, c))))
		}
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), bits))
		out := make([]byte, len(block))
		for i := len(out) - 1; i >= 0; i-- {
			n.DivMod(n, fiftyEight, digit)
			out[i] = digits[digit.Int64()]
		}
		return string(out), n.Sign() == 0
	}
	tried := 0
	for at := 0; at < len(monero); at += 11 {
		end, bits := min(at+11, len(monero)), uint(64)
		if end-at == 7 {
			bits = 40
		}
		block, fits := enlarged(monero[at:end], bits)
		if !fits {
			continue
		}
		tried++
		if _, err := observable.New(observable.Wallet, monero[:at]+block+monero[end:]); err == nil {
			t.Errorf("block %d enlarged by 2^%d is accepted", at/11, bits)
		}
	}
	if tried < 2 {
		t.Errorf("only %d blocks can be enlarged", tried)
	}
}

// bech32Address is made by the reference's function (BIP 173, BIP 350), number for
// number.
func bech32Address(prefix string, data []byte, constant int) string {
	const digits = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	generator := []int{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	var values []int
	for _, c := range prefix {
		values = append(values, int(c)>>5)
	}
	values = append(values, 0)
	for _, c := range prefix {
		values = append(values, int(c)&31)
	}
	for _, d := range data {
		values = append(values, int(d))
	}
	sum := 1
	for _, v := range append(values, 0, 0, 0, 0, 0, 0) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ v
		for i := range 5 {
			if top>>i&1 != 0 {
				sum ^= generator[i]
			}
		}
	}
	sum ^= constant
	for i := range 6 {
		data = append(data, byte(sum>>(5*(5-i))&31))
	}
	out := prefix + "1"
	for _, d := range data {
		out += string(digits[d])
	}
	return out
}

// Every witness program is one address, and only those of the right size, with
// the right checksum and clean padding are accepted.
func TestWitnessPrograms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.ByteRange(0, 31).Draw(t, "version")
		program := rapid.SliceOfN(rapid.Byte(), 0, 42).Draw(t, "program")
		if rapid.Bool().Draw(t, "usual size") {
			program = rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "key hash")
		}
		data := []byte{version}
		buffer, bits := 0, 0
		for _, b := range program {
			buffer, bits = buffer<<8|int(b), bits+8
			for bits >= 5 {
				bits -= 5
				data = append(data, byte(buffer>>bits&31))
			}
		}
		dirty := 0
		if bits > 0 {
			dirty = rapid.IntRange(0, 1<<(5-bits)-1).Draw(t, "padding")
			data = append(data, byte(buffer<<(5-bits)&31|dirty))
		}
		size, whole := len(program), true
		if rapid.Bool().Draw(t, "a further digit") { // padding of five bits or more, or another byte
			data = append(data, 0)
			digits := len(data) - 1
			whole = digits*5%8 < 5
			if size < digits*5/8 {
				size, dirty = digits*5/8, 0
			}
		}
		constants := map[bool]int{true: 1, false: 0x2bc830a3}
		swapped := rapid.Bool().Draw(t, "the other checksum")
		address := bech32Address(rapid.SampledFrom([]string{"bc", "ltc"}).Draw(t, "prefix"), data, constants[(version == 0) != swapped])

		valid := whole && version <= 16 && size >= 2 && size <= 40 && (version != 0 || size == 20 || size == 32) && dirty == 0 && !swapped
		v, err := observable.New(observable.Wallet, address)
		if (err == nil) != valid || valid && v.Text != address {
			t.Fatalf("%s: %v, %v; want valid %v", address, v, err, valid)
		}
	})
}
