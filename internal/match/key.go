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

// codeOf looks where the type would stand: a search of a switch's kind takes
// turns that no processor foresees.
func codeOf(t observable.Type) byte {
	if len(t) < 2 {
		return 0
	}
	if code := byPlace[placeOf(t)]; codes[code] == t {
		return code
	}
	return 0
}

// placeOf is another for each of codes.
func placeOf(t observable.Type) int {
	return (2*len(t) + 11*int(t[len(t)-1]) + int(t[len(t)/2-1])) & 63
}

var byPlace = func() (list [64]byte) {
	for code := 1; code < len(codes); code++ {
		list[placeOf(codes[code])] = byte(code)
	}
	return list
}()

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
	h := hasherOf(seed + uint64(k.code))
	return h.hash(k.text)
}
