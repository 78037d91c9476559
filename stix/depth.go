package stix

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// tooDeep reports where a well-formed JSON text nests more deeply than limit.
func tooDeep(raw jsontext.Value, limit int) *Error {
	depth := 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '{', '[':
			if depth++; depth > limit {
				return &Error{Offset: int64(i), Rule: RuleDepth, Message: fmt.Sprintf("more than %d arrays and objects are nested; flatten them, or raise the limit of depth", limit)}
			}
		case '}', ']':
			depth--
		case '"':
			i += stringLength(raw[i+1:])
		}
	}
	return nil
}

// stringLength is the length of a JSON string after its opening quotation
// mark, with the closing one.
func stringLength(rest []byte) int {
	n := 0
	for {
		quote := bytes.IndexByte(rest[n:], '"')
		if quote < 0 {
			return len(rest)
		}
		slashes := 0
		for i := n + quote - 1; i >= n && rest[i] == '\\'; i-- {
			slashes++
		}
		n += quote + 1
		if slashes%2 == 0 {
			return n
		}
	}
}
