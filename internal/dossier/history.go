package dossier

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/canonical"
)

// earlier is an earlier checkpoint of the log and the proof that the log of the
// dossier's checkpoint begins with it: a line of history.jsonl.
type earlier struct {
	checkpoint  []byte
	consistency tlog.TreeProof
}

// line is {"checkpoint": text, "consistency": [...]} in canonical JSON.
func (e earlier) line() ([]byte, error) {
	text, err := canonical.JSON(string(e.checkpoint))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	b := append([]byte(`{"checkpoint":`), text...)
	b = append(b, `,"consistency":`...)
	return append(appendHashes(b, e.consistency), '}'), nil
}

var errEarlier = errors.New(`it is not {"checkpoint":"...","consistency":[...]} in canonical JSON`)

// parseEarlier reads what line writes and nothing else.
func parseEarlier(line []byte) (e earlier, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(`{"checkpoint":`))
	if !ok {
		return earlier{}, errEarlier
	}
	// A quotation mark in the checkpoint would be escaped, so that this one ends it.
	text, rest, found := bytes.Cut(rest, []byte(`,"consistency":`))
	if !found {
		return earlier{}, errEarlier
	}
	plain, err := jsontext.AppendUnquote(nil, text)
	if err != nil {
		return earlier{}, errEarlier
	}
	e.checkpoint = plain
	if e.consistency, rest, err = parseHashes(rest); err != nil {
		return earlier{}, err
	}
	if string(rest) != "}" {
		return earlier{}, errEarlier
	}
	if again, err := e.line(); err != nil || !bytes.Equal(again, line) {
		return earlier{}, errEarlier
	}
	return e, nil
}

// parseHistory reads history.jsonl.
func parseHistory(text []byte) ([]earlier, error) {
	lines, err := splitLines(text)
	if err != nil {
		return nil, err
	}
	if len(lines) > MaxHistory {
		return nil, fmt.Errorf("it has %d lines, %d are possible", len(lines), MaxHistory)
	}
	history := make([]earlier, len(lines))
	for i, line := range lines {
		if history[i], err = parseEarlier(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return history, nil
}
