package dossier

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// recordLine is a line of records.jsonl.
type recordLine struct {
	opened     attribution.Opened
	commitment attribution.Digest
}

// parseRecords reads records.jsonl: the form of its lines, not yet the rules of
// a case.
func parseRecords(text []byte) ([]recordLine, error) {
	lines, err := splitLines(text)
	if err != nil {
		return nil, err
	}
	records := make([]recordLine, len(lines))
	for i, line := range lines {
		var read struct {
			Record jsontext.Value   `json:"record"`
			Salt   attribution.Salt `json:"salt"`
		}
		if err := readMembers(line, &read); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		o := attribution.Opened{Salt: read.Salt}
		if err := readMembers(read.Record, &o.Record); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		again, err := writeRecord(o)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if at := firstDifference(again, line); at >= 0 {
			return nil, fmt.Errorf("line %d: byte %d: it is not the canonical JSON of a record and its salt, with all their members", i+1, at)
		}
		records[i] = recordLine{o, attribution.Commit(read.Salt, read.Record)}
	}
	return records, nil
}

// writeRecord is a line of records.jsonl without its line feed.
func writeRecord(o attribution.Opened) ([]byte, error) {
	record, err := o.Record.Bytes()
	if err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, len(record)+100), `{"record":`...)
	b = append(b, record...)
	return fmt.Appendf(b, `,"salt":"%x"}`, o.Salt[:]), nil
}

func writeRecords(records []attribution.Opened) ([]byte, error) {
	var text []byte
	for i, o := range records {
		line, err := writeRecord(o)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i+1, err)
		}
		text = append(append(text, line...), '\n')
	}
	return text, nil
}

func opened(lines []recordLine) []attribution.Opened {
	records := make([]attribution.Opened, len(lines))
	for i, l := range lines {
		records[i] = l.opened
	}
	return records
}

// body reads what the record says, without asking whether it may follow what
// comes before: the fold asks that.
func (l recordLine) body(to any) error {
	if err := readMembers(l.opened.Record.Body, to); err != nil {
		return fmt.Errorf("%s: line %d: %w", fileRecords, l.opened.Record.N, err)
	}
	return nil
}
