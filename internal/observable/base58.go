package observable

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"golang.org/x/crypto/sha3"
)

const base58Digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Value is a digit's value, or 0xff for what is none.
var base58Value = func() (value [256]byte) {
	for i := range value {
		value[i] = 0xff
	}
	for i := range len(base58Digits) {
		value[base58Digits[i]] = byte(i)
	}
	return value
}()

var errBase58 = errors.New("a character is no digit of base 58 (0, O, I and l are not)")

// base58check is a version, 20 bytes and the first four bytes of their double
// SHA-256, as one number (Bitcoin wiki, "Base58Check encoding"). Its length is
// 25 bytes; a leading zero byte is a leading '1'.
func base58check(text string) error {
	const size = 25
	if len(text) < 26 || len(text) > 35 {
		return errNoWallet
	}
	var number [size + 1]byte // one more, to notice what is too large
	for i := range len(text) {
		carry := uint(base58Value[text[i]])
		if carry == 0xff {
			return errBase58
		}
		for j := len(number) - 1; j >= 0; j-- {
			carry += 58 * uint(number[j])
			number[j] = byte(carry)
			carry >>= 8
		}
	}
	payload := number[1:]
	if number[0] != 0 || leading(text, '1') != leading(payload, 0) {
		return errNoWallet
	}
	once := sha256.Sum256(payload[:size-4])
	if twice := sha256.Sum256(once[:]); [4]byte(twice[:4]) != [4]byte(payload[size-4:]) {
		return errChecksum
	}
	switch payload[0] {
	case 0x00, 0x05, // Bitcoin; 0x05 was Litecoin's P2SH, too
		0x30, 0x32: // Litecoin
		return nil
	case 0x6f, 0xc4, 0x3a:
		return errTestnet
	}
	return errNoWallet
}

// leading counts how often c stands at the beginning.
func leading[T string | []byte](s T, c byte) (n int) {
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}

// The lengths of Monero's addresses in characters.
const (
	moneroStandard   = 95
	moneroIntegrated = 106
)

// monero is a network byte, two keys of 32 bytes, in an integrated address
// also a payment id of 8 bytes, and the first four bytes of their Keccak-256,
// written in blocks: 8 bytes are 11 digits, the last 5 are 7 (Monero
// source, src/common/base58.cpp and src/cryptonote_config.h).
func monero(text string) error {
	var room [moneroIntegrated]byte
	data := room[:0]
	for at := 0; at < len(text); at += 11 {
		block := text[at:min(at+11, len(text))]
		size := 8
		if len(block) == 7 {
			size = 5
		}
		number, err := base58Block(block)
		if err != nil {
			return err
		}
		if size < 8 && number>>(8*size) != 0 {
			return errNoWallet
		}
		var eight [8]byte
		binary.BigEndian.PutUint64(eight[:], number)
		data = append(data, eight[8-size:]...)
	}
	body := data[:len(data)-4]
	if sum := keccak256(body); [4]byte(sum[:4]) != [4]byte(data[len(data)-4:]) {
		return errChecksum
	}
	integrated := len(text) == moneroIntegrated
	switch body[0] {
	case 18, 42: // standard, subaddress
		if !integrated {
			return nil
		}
	case 19:
		if integrated {
			return nil
		}
	case 53, 54, 63, 24, 25, 36:
		return errTestnet
	}
	return errNoWallet
}

// base58Block is a number of at most 64 bits.
func base58Block(digits string) (number uint64, err error) {
	for i := range len(digits) {
		value := base58Value[digits[i]]
		if value == 0xff {
			return 0, errBase58
		}
		const most = 1<<64 - 1
		if number > (most-uint64(value))/58 {
			return 0, errNoWallet
		}
		number = number*58 + uint64(value)
	}
	return number, nil
}

// hasher holds what is hashed and the sum, so that neither is allocated.
type hasher struct {
	io.ReadWriter
	in  [moneroIntegrated]byte
	out [32]byte
}

var hashers = sync.Pool{New: func() any { return &hasher{ReadWriter: sha3.NewLegacyKeccak256().(io.ReadWriter)} }}

// keccak256 is SHA-3 as it was before it became the standard. data is no
// longer than an address.
func keccak256(data []byte) [32]byte {
	h := hashers.Get().(*hasher)
	defer hashers.Put(h)
	h.ReadWriter.(interface{ Reset() }).Reset()
	_, _ = h.Write(h.in[:copy(h.in[:], data)]) // it never fails
	_, _ = h.Read(h.out[:])
	return h.out
}
