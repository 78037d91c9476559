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
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// matchCommand matches telemetry against indicators without a hub.
type matchCommand struct {
	Indicators string `help:"A STIX bundle, or a plain list: one domain, address, prefix, URL or hash a line." required:"" placeholder:"FILE"`
	sensorFlags
	JSON bool `name:"json" help:"Write the summary as JSON, too."`
}

// matchSummary is what is said at the end, on standard error.
type matchSummary struct {
	Indicators int              `json:"indicators"` // loaded, with the patterns
	Patterns   patternset.Stats `json:"patterns"`   // of these, what is no list of values
	Problems   []match.Problem  `json:"problems"`   // the first indicators that were not loaded, or not as listed
	Problem    int              `json:"problem_count"`
	Hits       int              `json:"hits"`
	telemetry.Stats
}

// Run prints one JSON line a hit on standard output and the summary on
// standard error.
func (c *matchCommand) Run(env *environment) error {
	places, err := c.places()
	if err != nil {
		return err
	}
	if len(places) != 1 {
		return usageError{errors.New("name one source of telemetry: --eve, --zeek, --dnstap, --pcap, --sysmon, --osquery or --list")}
	}
	library, problems, err := watch.LoadFile(c.Indicators, "", patternset.Options{})
	if err != nil {
		return err
	}
	defer library.Close() //nolint:errcheck // it was only read
	records := env.Stdin
	if from := places[0].From; from != "-" {
		file, err := os.Open(from)
		if err != nil {
			return fmt.Errorf("open telemetry: %w", err)
		}
		defer file.Close() //nolint:errcheck // it was only read
		records = file
	}
	summary, err := matchRecords(env.Context, library, places[0].Kind, records, env.Stdout)
	summary.Patterns = library.Patterns.Stats()
	summary.Indicators = library.Index.Len() + summary.Patterns.Patterns
	summary.Problems, summary.Problem = problems.First, problems.Count
	return errors.Join(err, summary.write(env.Stderr, c.JSON))
}

// matchRecords reads records and writes one JSON line to out for each indicator
// that names something in a record, once for each field it is seen in. It ends
// with the records, or when ctx does. What it counted holds even if there is an
// error.
func matchRecords(ctx context.Context, library watch.Library, kind sensors.Kind, records io.Reader, out io.Writer) (summary matchSummary, err error) {
	w := hitWriter{out: bufio.NewWriterSize(out, 64<<10)}
	watcher := watch.New(library).Watcher()
	// Whoever follows along sees every hit before more is waited for.
	reader, err := sensors.New(kind, sensors.Input(ctx, records, w.out.Flush))
	if err != nil {
		return summary, err
	}
	for err == nil {
		var event *telemetry.Event
		if event, err = reader.Next(); err == nil {
			err = w.record(event, watcher.Hits(event, uint64(event.Line)))
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return matchSummary{Hits: w.hits, Stats: reader.Stats()}, errors.Join(err, w.out.Flush())
}

// hitWriter writes the hits of one record after the other.
type hitWriter struct {
	out  *bufio.Writer
	line []byte
	hits int
}

func (w *hitWriter) record(event *telemetry.Event, hits []watch.Hit) error {
	for i := range hits {
		b := append(w.line[:0], `{"indicator":`...)
		b = appendQuoted(b, hits[i].Indicator.ID)
		b = appendQuoted(append(b, `,"value":`...), hits[i].Value)
		b = appendQuoted(append(b, `,"field":`...), hits[i].Field)
		b = appendQuoted(append(b, `,"timestamp":`...), event.Timestamp)
		b = fmt.Appendf(b, ",\"line\":%d}\n", event.Line)
		w.line = b
		w.hits++
		if _, err := w.out.Write(b); err != nil {
			return err
		}
	}
	return nil
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
	b := fmt.Appendf(nil, "%d lines, %d events, %d hits; %d indicators loaded, %d with problems\n", s.Lines, s.Events, s.Hits, s.Indicators, s.Problem)
	for i, p := range s.Problems {
		if i == 5 {
			b = fmt.Appendf(b, "  and %d more; --json lists them all\n", s.Problem-i)
			break
		}
		b = fmt.Appendf(b, "  %v\n", p)
	}
	if p := s.Patterns; p.Uncovered > 0 {
		b = fmt.Appendf(b, "%d patterns have no term to be found by and were asked of every event: %.0f %% of the patterns' time\n", p.Uncovered, 100*p.UncoveredShare)
	}
	if p := s.Patterns; p.WindowsEvicted+p.ObservationsEvicted+p.Late+p.GaveUp > 0 {
		b = fmt.Appendf(b, "patterns over several events may have missed some: %d windows and %d observations forgotten for want of room, %d too late, %d searches given up\n",
			p.WindowsEvicted, p.ObservationsEvicted, p.Late, p.GaveUp)
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
