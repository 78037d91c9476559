package stix

import (
	"bytes"
	"unicode/utf8"
)

// isDomain is section 6.4.1: RFC 1034, with labels of RFC 5890, which has
// underscores and other characters of U-labels besides letters, digits and
// hyphens. A final dot for the root is allowed.
func isDomain(text []byte) bool {
	text = bytes.TrimSuffix(text, []byte{'.'})
	if len(text) == 0 || len(text) > 253 {
		return false
	}
	for label := range bytes.SplitSeq(text, []byte{'.'}) {
		if len(label) == 0 || len(label) > 63 {
			return false
		}
		for _, c := range label {
			if c <= ' ' || c == 0x7f || bytes.IndexByte([]byte(`!"#$%&'()+,/:;<=>?@[\]^{|}~`+"`"), c) >= 0 {
				return false
			}
		}
	}
	return true
}

// isAddress is the addr-spec of RFC 5322, section 3.4.1, without comments.
func isAddress(text []byte) bool {
	at := bytes.LastIndexByte(text, '@')
	if at < 1 || len(text) > 320 {
		return false
	}
	local, domain := text[:at], text[at+1:]
	if len(domain) > 2 && domain[0] == '[' && domain[len(domain)-1] == ']' {
		domain = []byte("literal") // of an address: "[192.0.2.1]"
	}
	if local[0] != '"' && bytes.ContainsAny(local, " \t\r\n<>()[]:;,@\\\"") {
		return false
	}
	return isDomain(domain)
}

// isURL says whether a text is a URL of RFC 3986: a scheme, and something in
// the characters that it allows.
func isURL(text []byte) bool {
	colon := bytes.IndexByte(text, ':')
	if colon < 1 || colon == len(text)-1 {
		return false
	}
	for i, c := range text {
		switch {
		case i < colon:
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && (i == 0 || !digit(c) && c != '+' && c != '-' && c != '.') {
				return false
			}
		case c == '%':
			if i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2]) {
				return false
			}
		case c <= ' ' || c >= utf8.RuneSelf || c == 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}':
			return false
		}
	}
	return isAuthority(text[colon+1:])
}

// isAuthority looks at what follows "//" up to a slash: a port is a number.
func isAuthority(rest []byte) bool {
	authority, found := bytes.CutPrefix(rest, []byte("//"))
	if !found {
		return true
	}
	if end := bytes.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	host := authority[bytes.LastIndexByte(authority, '@')+1:]
	if len(host) > 0 && host[0] == '[' {
		end := bytes.IndexByte(host, ']')
		if end < 0 || !isIPv6(host[1:end]) {
			return false
		}
		host = host[end+1:]
	}
	_, port, _ := bytes.Cut(host, []byte{':'})
	for _, c := range port {
		if !digit(c) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// mediaTypes are the top-level media types registered with IANA.
var mediaTypes = map[string]bool{
	"application": true, "audio": true, "font": true, "haptics": true, "image": true,
	"message": true, "model": true, "multipart": true, "text": true, "video": true,
}

// isMediaType says whether a text is a media type of a registered top level
// (RFC 6838, section 4.2). The subtypes grow every week: they are not looked up.
func isMediaType(text []byte) bool {
	slash := bytes.IndexByte(text, '/')
	if slash < 0 || !mediaTypes[string(bytes.ToLower(text[:slash]))] || slash == len(text)-1 {
		return false
	}
	for _, c := range text[slash+1:] {
		if !isAlnum(c) && bytes.IndexByte([]byte("!#$&-^_.+"), c) < 0 {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool { return digit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// isService says whether a text can be a service name (RFC 6335, section 5.1).
func isService(text []byte) bool {
	if len(text) == 0 || len(text) > 15 || text[0] == '-' || text[len(text)-1] == '-' {
		return false
	}
	letters := 0
	for i, c := range text {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		case !digit(c) && (c != '-' || text[i-1] == '-'):
			return false
		}
	}
	return letters > 0
}

// isCPE says whether a text is a formatted string of CPE 2.3 (NISTIR 7695,
// section 6.2).
func isCPE(text []byte) bool {
	rest, ok := bytes.CutPrefix(text, []byte("cpe:2.3:"))
	if !ok {
		return false
	}
	parts, length := 1, 0
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == ':':
			if length == 0 {
				return false
			}
			parts, length = parts+1, 0
			continue
		case c == '\\':
			i++
		case c <= ' ' || c >= 0x7f:
			return false
		}
		length++
	}
	return parts == 11 && length > 0 && bytes.IndexByte([]byte("aho*-"), rest[0]) >= 0
}
