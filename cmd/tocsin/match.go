package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// matchCommand matches telemetry against indicators without a hub.
type matchCommand struct {
	Indicators string `help:"A STIX bundle, or a plain list: one domain, address, prefix, URL or hash a line." required:"" placeholder:"FILE"`
	EVE        string `name:"eve" help:"Suricata EVE records, one JSON object a line; - is standard input." required:"" placeholder:"FILE"`
	JSON       bool   `name:"json" help:"Write the summary as JSON, too."`
}

// matchSummary is what is said at the end, on standard error.
type matchSummary struct {
	Indicators int             `json:"indicators"` // loaded
	Problems   []match.Problem `json:"problems"`   // indicators that were not, or not as listed
	Hits       int             `json:"hits"`
	telemetry.Stats
}

// Run prints one JSON line a hit on standard output and the summary on
// standard error.
func (c *matchCommand) Run(env *environment) error {
	index, problems, err := loadIndicators(c.Indicators)
	if err != nil {
		return err
	}
	records := env.Stdin
	if c.EVE != "-" {
		file, err := os.Open(c.EVE)
		if err != nil {
			return fmt.Errorf("open telemetry: %w", err)
		}
		defer file.Close() //nolint:errcheck // it was only read
		records = file
	}
	summary, err := matchEVE(env.Context, index, records, env.Stdout)
	summary.Indicators, summary.Problems = index.Len(), problems
	return errors.Join(err, summary.write(env.Stderr, c.JSON))
}

func loadIndicators(path string) (*match.Index, []match.Problem, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open indicators: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	indicators, problems, err := match.LoadFile(file, path)
	if err != nil {
		return nil, nil, err
	}
	if len(indicators) == 0 {
		err := fmt.Errorf("no indicator in %s: want a STIX bundle, or one domain, address, prefix, URL or hash a line", path)
		if len(problems) > 0 {
			err = fmt.Errorf("%w (%v)", err, problems[0])
		}
		return nil, nil, err
	}
	index := match.New()
	index.Add(indicators...)
	return index, problems, nil
}

// matchEVE reads EVE records and writes one JSON line to out for each indicator
// that names an observable of a record, once for each field it is seen in. It
// ends with the records, or when ctx does. What it counted holds even if
// there is an error.
func matchEVE(ctx context.Context, index *match.Index, records io.Reader, out io.Writer) (summary matchSummary, err error) {
	w := hitWriter{out: bufio.NewWriterSize(out, 64<<10)}
	reader := telemetry.NewEVE(newLiveInput(ctx, records, w.out), telemetry.Options{})
	for err == nil {
		if w.event, err = reader.Next(); err == nil {
			err = w.record(index)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return matchSummary{Hits: w.hits, Stats: reader.Stats()}, errors.Join(err, w.out.Flush())
}

// hitWriter writes the hits of one record after the other.
type hitWriter struct {
	out     *bufio.Writer
	line    []byte
	hits    int
	err     error
	event   *telemetry.Event
	seen    *telemetry.Seen
	written []writtenHit // of this record
}

type writtenHit struct{ field, indicator string }

func (w *hitWriter) record(index *match.Index) error {
	w.written = w.written[:0]
	for i := range w.event.Observables {
		w.seen = &w.event.Observables[i]
		index.All(w.seen.Value, w.hit)
	}
	return w.err
}

func (w *hitWriter) hit(ind match.Indicator) bool {
	name := ind.ID
	if name == "" {
		name = ind.Text
	}
	this := writtenHit{w.seen.Field, name}
	for _, before := range w.written {
		if before == this {
			return true
		}
	}
	w.written = append(w.written, this)
	b := w.line[:0]
	b = append(b, `{"indicator":`...)
	b = appendQuoted(b, name)
	b = appendQuoted(append(b, `,"value":`...), w.seen.Raw)
	b = appendQuoted(append(b, `,"field":`...), w.seen.Field)
	b = appendQuoted(append(b, `,"timestamp":`...), w.event.Timestamp)
	b = fmt.Appendf(b, ",\"line\":%d}\n", w.event.Line)
	w.line = b
	w.hits++
	_, w.err = w.out.Write(b)
	return w.err == nil
}

// appendQuoted appends s as a JSON string. What is not UTF-8, which only an
// indicator list can hold, comes out as U+FFFD.
func appendQuoted(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

func (s *matchSummary) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return errors.Join(json.MarshalWrite(w, s), newline(w))
	}
	b := fmt.Appendf(nil, "%d lines, %d events, %d hits; %d indicators loaded, %d with problems\n", s.Lines, s.Events, s.Hits, s.Indicators, len(s.Problems))
	for i, p := range s.Problems {
		if i == 5 {
			b = fmt.Appendf(b, "  and %d more; --json lists them all\n", len(s.Problems)-i)
			break
		}
		b = fmt.Appendf(b, "  %v\n", p)
	}
	if n := s.Malformed + s.TooLong; n > 0 {
		b = fmt.Appendf(b, "%d lines skipped: %d malformed, %d too long\n", n, s.Malformed, s.TooLong)
	}
	if s.Mistyped > 0 {
		b = fmt.Appendf(b, "%d events read but for a field of an unexpected type\n", s.Mistyped)
	}
	for _, sample := range s.Samples {
		b = fmt.Appendf(b, "  line %d (byte %d): %s\n", sample.Line, sample.Offset, sample.Reason)
	}
	_, err := w.Write(b)
	return err
}

func newline(w io.Writer) error {
	_, err := io.WriteString(w, "\n")
	return err
}
