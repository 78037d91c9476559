package match

// Hexadecimal digits in lower case, two a byte.

const digits = "0123456789abcdef"

// nibbles is each digit's number, and 0xff for what is none.
var nibbles = func() (n [256]byte) {
	for i := range n {
		n[i] = 0xff
	}
	for i := range len(digits) {
		n[digits[i]] = byte(i)
	}
	return n
}()

func isPairs(s string) bool {
	bad := byte(0)
	for i := range len(s) {
		bad |= nibbles[s[i]]
	}
	return bad < 0x10 && len(s)%2 == 0
}

// appendPairs appends the digits of s, which isPairs.
func appendPairs(b []byte, s string) []byte {
	for i := 0; i+1 < len(s); i += 2 {
		b = append(b, nibbles[s[i]]<<4|nibbles[s[i+1]])
	}
	return b
}

func equalPairs(b []byte, s string) bool {
	if len(s) != 2*len(b) {
		return false
	}
	for i, c := range b {
		if s[2*i] != digits[c>>4] || s[2*i+1] != digits[c&15] {
			return false
		}
	}
	return true
}

func pairsOf(b []byte) string { return string(appendDigits(make([]byte, 0, 2*len(b)), b)) }

func appendDigits(out, b []byte) []byte {
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return out
}

// isUUID says whether s is a UUID as RFC 9562, section 4 writes it, in lower case.
func isUUID(s string) bool {
	return len(s) == uuidText && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' &&
		isPairs(s[:8]) && isPairs(s[9:13]) && isPairs(s[14:18]) && isPairs(s[19:23]) && isPairs(s[24:])
}

// uuidOf is the id with the UUID's 16 bytes.
func uuidOf(b []byte) string {
	out := append(make([]byte, 0, len(idPrefix)+uuidText), idPrefix...)
	out = append(appendDigits(out, b[:4]), '-')
	out = append(appendDigits(out, b[4:6]), '-')
	out = append(appendDigits(out, b[6:8]), '-')
	out = append(appendDigits(out, b[8:10]), '-')
	return string(appendDigits(out, b[10:16]))
}
