package dossier

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// place is where an entry is in the log, and the proof: a line of proofs.jsonl.
type place struct {
	index int64
	proof tlog.RecordProof
}

// maxProof is the length of the longest proof that a log of 2^62 entries can have.
const maxProof = 64

// maxIndex keeps numbers where every reader of JSON has them exactly.
const maxIndex = 1<<53 - 1

const hashText = 44 // characters of 32 bytes in base64

// line is {"index": N, "proof": [...]} in canonical JSON.
func (p place) line() []byte {
	b := append(make([]byte, 0, 32+len(p.proof)*(hashText+3)), `{"index":`...)
	b = strconv.AppendInt(b, p.index, 10)
	b = append(b, `,"proof":`...)
	b = appendHashes(b, p.proof)
	return append(b, '}')
}

func appendHashes(b []byte, hashes []tlog.Hash) []byte {
	b = append(b, '[')
	for i, h := range hashes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, h[:])
		b = append(b, '"')
	}
	return append(b, ']')
}

var errPlace = errors.New(`it is not {"index":N,"proof":[...]} in canonical JSON`)

// parsePlace reads what line writes and nothing else. It is read by hand, since
// a dossier has one for every record.
func parsePlace(line []byte) (p place, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"index":`))
	number, rest, found := bytes.Cut(rest, []byte(`,"proof":`))
	if !ok || !found {
		return place{}, errPlace
	}
	if p.index, err = strconv.ParseInt(string(number), 10, 64); err != nil || p.index < 0 || p.index > maxIndex || strconv.FormatInt(p.index, 10) != string(number) {
		return place{}, fmt.Errorf("index %.20q is not a number from 0 to 2^53 - 1 in plain digits", number)
	}
	hashes, rest, err := parseHashes(rest)
	if err != nil {
		return place{}, err
	}
	if string(rest) != "}" {
		return place{}, errPlace
	}
	p.proof = hashes
	return p, nil
}

// parseHashes reads what appendHashes writes, and returns what follows it.
func parseHashes(text []byte) (hashes []tlog.Hash, rest []byte, err error) {
	rest, ok := bytes.CutPrefix(text, []byte("["))
	if !ok {
		return nil, nil, errPlace
	}
	if after, none := bytes.CutPrefix(rest, []byte("]")); none {
		return nil, after, nil
	}
	for len(hashes) < maxProof {
		if len(rest) < hashText+3 || rest[0] != '"' || rest[hashText+1] != '"' {
			return nil, nil, fmt.Errorf("hash %d of the proof is not 32 bytes in base64", len(hashes)+1)
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(string(rest[1 : hashText+1]))
		if err != nil || len(raw) != tlog.HashSize {
			return nil, nil, fmt.Errorf("hash %d of the proof is not 32 bytes in base64", len(hashes)+1)
		}
		hashes = append(hashes, tlog.Hash(raw))
		next := rest[hashText+2]
		rest = rest[hashText+3:]
		switch next {
		case ']':
			return hashes, rest, nil
		case ',':
		default:
			return nil, nil, errPlace
		}
	}
	return nil, nil, fmt.Errorf("the proof has more than %d hashes", maxProof)
}

// parsePlaces reads proofs.jsonl.
func parsePlaces(text []byte) ([]place, error) {
	lines, err := splitLines(text)
	if err != nil {
		return nil, err
	}
	places := make([]place, len(lines))
	for i, line := range lines {
		if places[i], err = parsePlace(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return places, nil
}

func writePlaces(places []place) []byte {
	var text []byte
	for _, p := range places {
		text = append(append(text, p.line()...), '\n')
	}
	return text
}
