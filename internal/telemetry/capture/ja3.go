package capture

import (
	"crypto/md5" //nolint:gosec // the fingerprint's definition; nothing is protected by it
	"encoding/hex"
	"strconv"
)

// appendJA3 appends the fingerprint of a hello to dst, 32 hexadecimal digits:
// the MD5 of decimal numbers, lists joined by "-" and fields by "," (JA3 and
// JA3S, https://github.com/salesforce/ja3). text is room that is used again.
//
// A client's fields are version, ciphers, extensions, groups and point formats,
// GREASE left out. A server's are version, cipher and extensions, where the
// definition leaves nothing out.
func (h *hello) appendJA3(dst, text []byte) (out, room []byte) {
	b := strconv.AppendUint(text[:0], uint64(h.version), 10)
	b = append(b, ',')
	if !h.client {
		b = strconv.AppendUint(b, uint64(h.ciphers[0])<<8|uint64(h.ciphers[1]), 10)
		b = append(b, ',')
		b = h.appendKinds(b, true)
	} else {
		b = appendDecimals(b, h.ciphers)
		b = append(b, ',')
		b = h.appendKinds(b, false)
		b = append(b, ',')
		b = appendDecimals(b, h.groups)
		b = append(b, ',')
		for i, p := range h.points {
			if i > 0 {
				b = append(b, '-')
			}
			b = strconv.AppendUint(b, uint64(p), 10)
		}
	}
	sum := md5.Sum(b) //nolint:gosec // as above
	return hex.AppendEncode(dst, sum[:]), b
}

func appendDecimals(b, list []byte) []byte {
	start := len(b)
	for n := range numbers(list) {
		if len(b) > start {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return b
}

func (h *hello) appendKinds(b []byte, grease bool) []byte {
	start := len(b)
	for kind := range h.each() {
		if isGREASE(kind) && !grease {
			continue
		}
		if len(b) > start {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(kind), 10)
	}
	return b
}
