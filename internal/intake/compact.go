package intake

import "bytes"

// appendCompact copies a well-formed JSON text without the white space between
// its tokens; strings and numbers stay as they are written.
func appendCompact(dst, text []byte) []byte {
	for {
		quote := bytes.IndexByte(text, '"')
		if quote < 0 {
			return appendTokens(dst, text)
		}
		dst = appendTokens(dst, text[:quote])
		end := stringEnd(text, quote+1)
		dst = append(dst, text[quote:end]...)
		text = text[end:]
	}
}

// stringEnd is the offset behind the quotation mark that ends the string whose
// characters begin at start.
func stringEnd(text []byte, start int) int {
	for at := start; ; {
		next := bytes.IndexByte(text[at:], '"')
		if next < 0 {
			return len(text)
		}
		at += next + 1
		escapes := 0
		for i := at - 2; i >= start && text[i] == '\\'; i-- {
			escapes++
		}
		if escapes%2 == 0 {
			return at
		}
	}
}

// appendTokens copies what lies between strings.
func appendTokens(dst, text []byte) []byte {
	for _, c := range text {
		if c > ' ' {
			dst = append(dst, c)
		}
	}
	return dst
}
