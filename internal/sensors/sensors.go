// Package sensors opens what there is to read: one kind of record from a file
// that is followed, a socket, or an input.
package sensors

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tocsin-project/tocsin/internal/tail"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnstap"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
)

// Kind is a kind of record.
type Kind string

// The kinds, as the command line names them.
const (
	EVE     Kind = "eve"     // Suricata
	Zeek    Kind = "zeek"    // TSV or JSON
	DNSTap  Kind = "dnstap"  // frame streams
	PCAP    Kind = "pcap"    // pcap and pcapng
	Sysmon  Kind = "sysmon"  // JSON lines
	Osquery Kind = "osquery" // result logs
	List    Kind = "list"    // one observable a line
)

// New reads records of a kind from r. Only a capture's beginning is read here.
func New(kind Kind, r io.Reader) (telemetry.Source, error) {
	switch kind {
	case EVE:
		return telemetry.NewEVE(r, telemetry.Options{}), nil
	case Zeek:
		return telemetry.NewZeek(r, telemetry.Options{}), nil
	case List:
		return telemetry.NewList(r, telemetry.Options{}), nil
	case Sysmon:
		return endpoint.NewSysmon(r, telemetry.Options{}), nil
	case Osquery:
		return endpoint.NewOsquery(r, telemetry.Options{}), nil
	case DNSTap:
		return dnstap.New(r, telemetry.Options{}), nil
	case PCAP:
		return capture.New(r, capture.Options{})
	}
	return nil, fmt.Errorf("there is no kind of record %q", kind)
}

// Place is what is to be read: a kind of record, and the path of a file that
// grows, "-" for standard input, or a socket that sensors write to:
// "unix:PATH" or "tcp://127.0.0.1:PORT". A dnstap place is a socket's path.
type Place struct {
	Kind Kind
	From string
	Once bool // a file is read to its end and not followed
}

// String is "kind=place".
func (p Place) String() string { return string(p.Kind) + "=" + p.From }

// Position is where reading of a place has to go on.
type Position struct {
	File tail.Position `json:"file,omitzero"`
	// Skip is how many bytes of a capture count as read: it is read from its
	// beginning each time, because what it says depends on what came before.
	Skip int64 `json:"skip,omitzero"`
}

// Sensor is a place that is open. Next and Position belong to one goroutine.
type Sensor struct {
	telemetry.Source
	Place Place

	file  *tail.File // nil: not a file that can be taken up again
	skip  int64      // of a capture
	close []func() error
}

// Open opens a place and goes on from a position; the zero Position is the
// beginning. caughtUp is called, in the reading goroutine, before each wait for
// more: all that was read by then has been given out. tell is told what went
// otherwise than planned. An input without a file ends with the context.
func Open(ctx context.Context, place Place, stdin io.Reader, from Position, caughtUp func(), tell func(string)) (*Sensor, error) {
	s := &Sensor{Place: place, skip: from.Skip}
	r, err := s.open(ctx, stdin, from, tell)
	if err == nil && s.Source == nil {
		s.Source, err = New(place.Kind, Input(ctx, r, func() error {
			caughtUp()
			return nil
		}))
	}
	if err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("read %s: %w", place, err)
	}
	return s, nil
}

func (s *Sensor) open(ctx context.Context, stdin io.Reader, from Position, tell func(string)) (io.Reader, error) {
	socket, isSocket := strings.CutPrefix(s.Place.From, "unix:")
	_, isTCP := strings.CutPrefix(s.Place.From, "tcp:")
	switch {
	case s.Place.From == "-":
		return stdin, nil
	case s.Place.Once:
		f, err := os.Open(s.Place.From)
		if err != nil {
			return nil, err
		}
		s.close = append(s.close, f.Close)
		return f, nil
	case s.Place.Kind == DNSTap:
		l, err := dnstap.Listen(socket, telemetry.Options{})
		if err != nil {
			return nil, err
		}
		s.Source = l
		s.close = append(s.close, l.Close)
		context.AfterFunc(ctx, func() { _ = l.Close() })
		return nil, nil
	case s.Place.Kind == PCAP:
		g, err := openGrowing(ctx, s.Place.From)
		if err != nil {
			return nil, err
		}
		s.close = append(s.close, g.Close)
		return g, nil
	case isSocket || isTCP:
		l, err := tail.Listen(ctx, s.Place.From, tail.LineLimits{})
		if err != nil {
			return nil, err
		}
		s.close = append(s.close, l.Close)
		return l, nil
	}
	f, err := tail.Open(ctx, s.Place.From, from.File, func(n tail.Notice) {
		if n.Missing != 0 { // the rest is how logs are rotated
			tell(n.Path + ": " + n.Text)
		}
	})
	if err != nil {
		return nil, err
	}
	s.file = f
	s.close = append(s.close, f.Close)
	return f, nil
}

// Known says that an event of a capture was given out before, when it was read
// the last time.
func (s *Sensor) Known(e *telemetry.Event) bool { return s.Place.Kind == PCAP && e.End <= s.skip }

// Position is where to go on after an event; ok is false for what cannot be
// read a second time.
func (s *Sensor) Position(end int64, line int) (p Position, ok bool) {
	switch {
	case s.file != nil:
		return Position{File: s.file.At(end, int64(line))}, true
	case s.Place.Kind == PCAP && s.Place.From != "-":
		return Position{Skip: max(end, s.skip)}, true
	}
	return Position{}, false
}

// Where is an event's line, from 1, and the offset of its first byte, in the
// file as it is; of what is no file, in what was read since it was opened.
func (s *Sensor) Where(e *telemetry.Event) (line int, offset int64) {
	if s.file == nil {
		return e.Line, e.Offset
	}
	at := s.file.At(e.End, int64(e.Line))
	return int(at.Line), at.Offset - (e.End - e.Offset)
}

// Close closes what is open.
func (s *Sensor) Close() error {
	var err error
	for _, one := range s.close {
		if e := one(); err == nil {
			err = e
		}
	}
	return err
}
