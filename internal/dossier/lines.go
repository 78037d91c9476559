package dossier

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// minLine is shorter than any line of a file of lines, in bytes; it bounds what
// is allocated for a file of line feeds.
const minLine = 20

// splitLines is the lines of a file without their line feeds. An empty file has
// none; the last line has to end like the others.
func splitLines(text []byte) ([][]byte, error) {
	if len(text) == 0 {
		return nil, nil
	}
	if text[len(text)-1] != '\n' {
		return nil, fmt.Errorf("byte %d: the last line does not end", len(text))
	}
	if n := bytes.Count(text, []byte("\n")); n > len(text)/minLine {
		return nil, fmt.Errorf("it has %s in %d bytes: most of them are too short to be one", count(n, "line"), len(text))
	}
	return bytes.Split(text[:len(text)-1], []byte("\n")), nil
}

// readCanonical reads a document that has to be written as RFC 8785 says, with
// no members but those that to has.
func readCanonical(text []byte, to any) error {
	value := jsontext.Value(bytes.Clone(text))
	if err := value.Canonicalize(); err != nil {
		return err
	}
	if i := firstDifference(value, text); i >= 0 {
		return fmt.Errorf("byte %d: it is not canonical JSON", i)
	}
	return readMembers(text, to)
}

// readMembers reads JSON with no members but those that to has.
func readMembers(text []byte, to any) error {
	return json.Unmarshal(text, to, json.RejectUnknownMembers(true))
}

// firstDifference is the index of the first byte in which two texts differ, -1
// if there is none.
func firstDifference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// whereDiffers says at which byte and line of a file it is not what it has to be.
func whereDiffers(want, got []byte) string {
	i := firstDifference(want, got)
	return fmt.Sprintf("byte %d, line %d", i, 1+bytes.Count(got[:i], []byte("\n")))
}
