package hindsight

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// maxText is the longest text that is remembered.
const maxText = 4096

// Codes of types, as they stand on disk: never change one. 0 is for any other
// type, its name before the text.
const (
	codeDomain byte = 1 + iota
	codeIPv4
	codeIPv6
	codeURL
	codeMD5
	codeSHA1
	codeSHA256
	codeSHA512
	codeFileName
	codeFilePath
	codeMutex
	codeService
	codeRegistry
	codeJA3
	codeJA3S
	codeJA4
	codeEmail
	codeWallet

	codeCount
)

var types = [codeCount]observable.Type{
	codeDomain: observable.Domain, codeIPv4: observable.IPv4, codeIPv6: observable.IPv6, codeURL: observable.URL,
	codeMD5: observable.MD5, codeSHA1: observable.SHA1, codeSHA256: observable.SHA256, codeSHA512: observable.SHA512,
	codeFileName: observable.FileName, codeFilePath: observable.FilePath, codeMutex: observable.Mutex,
	codeService: observable.Service, codeRegistry: observable.Registry, codeJA3: observable.JA3, codeJA3S: observable.JA3S,
	codeJA4: observable.JA4, codeEmail: observable.Email, codeWallet: observable.Wallet,
}

// codeOf is on the way of every note: the compiler makes a search by length of
// the switch.
func codeOf(t observable.Type) byte {
	switch t {
	case observable.Domain:
		return codeDomain
	case observable.IPv4:
		return codeIPv4
	case observable.IPv6:
		return codeIPv6
	case observable.URL:
		return codeURL
	case observable.MD5:
		return codeMD5
	case observable.SHA1:
		return codeSHA1
	case observable.SHA256:
		return codeSHA256
	case observable.SHA512:
		return codeSHA512
	case observable.FileName:
		return codeFileName
	case observable.FilePath:
		return codeFilePath
	case observable.Mutex:
		return codeMutex
	case observable.Service:
		return codeService
	case observable.Registry:
		return codeRegistry
	case observable.JA3:
		return codeJA3
	case observable.JA3S:
		return codeJA3S
	case observable.JA4:
		return codeJA4
	case observable.Email:
		return codeEmail
	case observable.Wallet:
		return codeWallet
	}
	return 0
}

// verbatim is added to the code of a text that is not as its type writes it:
// it stands in the key as it is.
const verbatim = 0x80

// appendKey appends the key under which a value is sorted:
//
//	domain    its labels, last first, so that what is below a name follows it
//	address   its 4 or 16 bytes, so that what is in a prefix is in one row
//	hash      its bytes
//	URL       host as a domain, 0, scheme, 0, user with "@", 0, port and the rest
//	others    the text
//
// The code goes before. A key gives the value back, byte by byte.
func appendKey(dst []byte, code byte, text string) []byte {
	dst = append(dst, code)
	at := len(dst)
	switch code {
	case codeDomain:
		return appendReversed(dst, text)
	case codeIPv4, codeIPv6:
		if a, err := netip.ParseAddr(text); err == nil && a.Is4() == (code == codeIPv4) && a.String() == text && a.Zone() == "" {
			return append(dst, a.AsSlice()...)
		}
	case codeMD5, codeSHA1, codeSHA256, codeSHA512, codeJA3, codeJA3S:
		var ok bool
		if dst, ok = appendHex(dst, text, hashBytes[code]); ok {
			return dst
		}
		dst = dst[:at]
	case codeURL:
		if scheme, user, host, rest, ok := splitURL(text); ok && strings.IndexByte(text, 0) < 0 && strings.LastIndexByte(host, '[') <= 0 {
			dst = appendHost(dst, host)
			dst = append(append(dst, 0), scheme...)
			dst = append(append(dst, 0), user...)
			return append(append(dst, 0), rest...)
		}
	default:
		return append(dst, text...)
	}
	dst[at-1] |= verbatim
	return append(dst, text...)
}

// valueOf is the value of a key that appendKey made. Of any other key it is
// something, and no value that telemetry shows.
func valueOf(key []byte) observable.Value {
	if len(key) == 0 {
		return observable.Value{}
	}
	code, body := key[0], key[1:]
	if code&verbatim != 0 {
		if code &^= verbatim; code >= codeCount {
			return observable.Value{}
		}
		return observable.Value{Type: types[code], Text: string(body)}
	}
	if code == 0 {
		kind, text, _ := bytes.Cut(body, []byte{0})
		return observable.Value{Type: observable.Type(kind), Text: string(text)}
	}
	if code >= codeCount {
		return observable.Value{}
	}
	text := string(body)
	switch code {
	case codeDomain:
		text = string(appendReversed(nil, text))
	case codeIPv4, codeIPv6:
		a, _ := netip.AddrFromSlice(body)
		text = a.String()
	case codeMD5, codeSHA1, codeSHA256, codeSHA512, codeJA3, codeJA3S:
		text = hex.EncodeToString(body)
	case codeURL:
		if parts := strings.SplitN(text, "\x00", 4); len(parts) == 4 {
			text = parts[1] + "://" + parts[2] + string(appendHost(nil, parts[0])) + parts[3]
		}
	}
	return observable.Value{Type: types[code], Text: text}
}

// appendReversed appends the labels, last first. It is its own inverse.
func appendReversed(dst []byte, name string) []byte {
	for {
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 {
			return append(dst, name...)
		}
		dst = append(append(dst, name[dot+1:]...), '.')
		name = name[:dot]
	}
}

var hashBytes = [codeCount]int{codeMD5: 16, codeSHA1: 20, codeSHA256: 32, codeSHA512: 64, codeJA3: 16, codeJA3S: 16}

// appendHex appends the bytes of so many pairs of lower-case digits, and says
// whether text is that.
func appendHex(dst []byte, text string, n int) ([]byte, bool) {
	if len(text) != 2*n {
		return dst, false
	}
	for i := 0; i < len(text); i += 2 {
		hi, lo := digit(text[i]), digit(text[i+1])
		if hi|lo > 15 {
			return dst, false
		}
		dst = append(dst, hi<<4|lo)
	}
	return dst, true
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}
