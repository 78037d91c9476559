package match

import (
	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// codes number the types. A snapshot holds the numbers: none may ever change.
// 0 is a type that has none, and 63 is the id of an indicator.
var codes = [...]observable.Type{
	1: observable.Domain, 2: observable.IPv4, 3: observable.IPv6, 4: observable.URL,
	5: observable.MD5, 6: observable.SHA1, 7: observable.SHA256, 8: observable.SHA512,
	9: observable.FileName, 10: observable.FilePath, 11: observable.Mutex, 12: observable.Service,
	13: observable.Registry, 14: observable.JA3, 15: observable.JA3S, 16: observable.JA4,
	17: observable.Email, 18: observable.Wallet,
}

const (
	codeDomain, codeIPv4, codeIPv6 = 1, 2, 3
	codeID                         = 63
)

// codeOf is a switch because the compiler makes a search of it.
func codeOf(t observable.Type) byte {
	switch t {
	case observable.Domain:
		return codeDomain
	case observable.IPv4:
		return codeIPv4
	case observable.IPv6:
		return codeIPv6
	case observable.URL:
		return 4
	case observable.MD5:
		return 5
	case observable.SHA1:
		return 6
	case observable.SHA256:
		return 7
	case observable.SHA512:
		return 8
	case observable.FileName:
		return 9
	case observable.FilePath:
		return 10
	case observable.Mutex:
		return 11
	case observable.Service:
		return 12
	case observable.Registry:
		return 13
	case observable.JA3:
		return 14
	case observable.JA3S:
		return 15
	case observable.JA4:
		return 16
	case observable.Email:
		return 17
	case observable.Wallet:
		return 18
	}
	return 0
}

// inHex says of each code whether its texts are hexadecimal digits, which an
// entry holds two a byte.
var inHex = [64]bool{5: true, 6: true, 7: true, 8: true, 14: true, 15: true}

// key is a value to look up.
type key struct {
	code byte
	kind observable.Type // with code 0
	text string
}

func keyOf(v observable.Value) key {
	if code := codeOf(v.Type); code != 0 {
		return key{code: code, text: v.Text}
	}
	return key{kind: v.Type, text: v.Text}
}

// hash is seeded, so that those who choose indicators cannot choose them to
// collide. Types have different seeds: their texts may be equal.
func (k *key) hash(seed uint64) uint64 {
	if k.code == 0 {
		seed += xxh3.HashString(string(k.kind))
	}
	return xxh3.HashStringSeed(k.text, seed+uint64(k.code))
}
