package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// fingerprinter holds room for JA4 that is used again.
type fingerprinter struct {
	text    []byte
	numbers []uint16
}

// appendJA4 appends the fingerprint of a ClientHello over TCP to dst, 36
// characters: JA4 as FoxIO specifies it (technical_details/JA4.md in
// https://github.com/FoxIO-LLC/ja4; that part is under the BSD licence).
func (f *fingerprinter) appendJA4(dst []byte, h *hello) []byte {
	f.numbers = f.numbers[:0]
	for n := range numbers(h.ciphers) {
		f.numbers = append(f.numbers, n)
	}
	extensions := 0
	for kind := range h.each() {
		if !isGREASE(kind) {
			extensions++
		}
	}
	dst = append(dst, 't')
	dst = append(dst, ja4Version(h)...)
	if h.hasSNI {
		dst = append(dst, 'd')
	} else {
		dst = append(dst, 'i')
	}
	dst = appendCount(appendCount(dst, len(f.numbers)), extensions)
	dst = append(appendALPN(dst, h.alpn), '_')

	slices.Sort(f.numbers)
	f.text = appendHex(f.text[:0], f.numbers)
	dst = append(f.appendHash(dst), '_')

	f.numbers = f.numbers[:0]
	for kind := range h.each() {
		if !isGREASE(kind) && kind != extSNI && kind != extALPN {
			f.numbers = append(f.numbers, kind)
		}
	}
	slices.Sort(f.numbers)
	f.text = appendHex(f.text[:0], f.numbers)
	f.numbers = f.numbers[:0]
	for n := range numbers(h.signatures) {
		f.numbers = append(f.numbers, n)
	}
	if len(f.numbers) > 0 && len(f.text) > 0 {
		f.text = appendHex(append(f.text, '_'), f.numbers)
	}
	return f.appendHash(dst)
}

// ja4Version is the highest version that the client takes.
func ja4Version(h *hello) string {
	version := uint16(0)
	for v := range numbers(h.versions) {
		version = max(version, v)
	}
	if version == 0 {
		version = h.version
	}
	switch version {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	}
	return "00"
}

func appendCount(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, '0'+byte(n/10), '0'+byte(n%10))
}

// appendALPN appends the first and the last character of the first protocol; if
// one of them is no letter or digit, of the protocol in hexadecimal digits.
func appendALPN(b, alpn []byte) []byte {
	if len(alpn) == 0 {
		return append(b, '0', '0')
	}
	first, last := alpn[0], alpn[len(alpn)-1]
	if isAlphanumeric(first) && isAlphanumeric(last) {
		return append(b, first, last)
	}
	const digits = "0123456789abcdef"
	return append(b, digits[first>>4], digits[last&15])
}

func isAlphanumeric(c byte) bool {
	l := c | 0x20
	return c >= '0' && c <= '9' || l >= 'a' && l <= 'z'
}

func appendHex(b []byte, list []uint16) []byte {
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(n >> 8), byte(n)})
	}
	return b
}

// appendHash appends the first 12 digits of the text's SHA-256, or zeros if
// there is none.
func (f *fingerprinter) appendHash(b []byte) []byte {
	if len(f.text) == 0 {
		return append(b, "000000000000"...)
	}
	sum := sha256.Sum256(f.text)
	return hex.AppendEncode(b, sum[:6])
}
