package observable

import (
	"errors"
	"fmt"
	"strings"
)

// ja3 is the MD5 of a client's or a server's hello
// (github.com/salesforce/ja3).
func ja3(text string) (string, error) { return hash(text, hashDigits[MD5]) }

// ja4 checks "t13d1516h2_8daaf6152771_e5627efa2ab1" (FoxIO, JA4 technical
// details): the transport, the TLS version, whether a server was named, how
// many ciphers and extensions, the ends of the first ALPN value, and two
// truncated SHA-256. All ALPN ids in use are in lower case, so the whole is.
func ja4(text string) (string, error) {
	if err := checkJA4(text); err != nil {
		return "", fmt.Errorf("JA4 %q: %w", text, err)
	}
	return strings.ToLower(text), nil
}

const (
	ja4Length = len("t13d1516h2_8daaf6152771_e5627efa2ab1")
	ja4Second = len("t13d1516h2_")
	ja4Third  = len("t13d1516h2_8daaf6152771_")
)

// looksLikeJA4 needs no more than the shape.
func looksLikeJA4(text string) bool {
	return len(text) == ja4Length && text[ja4Second-1] == '_' && text[ja4Third-1] == '_'
}

func checkJA4(text string) error {
	if !looksLikeJA4(text) {
		return errors.New("want three parts of 10, 12 and 12 characters, as t13d1516h2_8daaf6152771_e5627efa2ab1")
	}
	switch text[0] | 0x20 {
	case 't', 'q', 'd':
	default:
		return errors.New("it begins with t (TCP), q (QUIC) or d (DTLS)")
	}
	if !isTLSVersion(text[1:3]) {
		return fmt.Errorf("%q is no TLS version: want 13, 12, 11, 10, s3, s2, d3, d2, d1 or 00", text[1:3])
	}
	if c := text[3] | 0x20; c != 'd' && c != 'i' {
		return errors.New("its fourth character is d (a server was named) or i (none was)")
	}
	if strings.Trim(text[4:8], "0123456789") != "" {
		return fmt.Errorf("%q are no two counts of two digits", text[4:8])
	}
	for _, c := range []byte(text[8:10]) {
		if l := c | 0x20; (c < '0' || c > '9') && (l < 'a' || l > 'z') {
			return fmt.Errorf("%q are no ends of an ALPN value", text[8:10])
		}
	}
	for _, part := range [...]string{text[ja4Second : ja4Third-1], text[ja4Third:]} {
		if i := notHex(part); i >= 0 {
			return fmt.Errorf("character %q of a hash is not hexadecimal", part[i])
		}
	}
	return nil
}

func isTLSVersion(v string) bool {
	for _, known := range [...]string{"13", "12", "11", "10", "s3", "s2", "d3", "d2", "d1", "00"} {
		if equalFoldASCII(v, known) {
			return true
		}
	}
	return false
}
