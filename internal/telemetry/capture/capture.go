// Package capture reads captured packets (pcap and pcapng) and tells what they
// show: DNS questions and answers over UDP and TCP, TLS hellos with the server's
// name and the fingerprints JA3, JA3S and JA4, HTTP/1 requests, and which TCP
// contacts were answered.
//
// Nothing is guessed: fragments of IP packets and what is missing from a
// conversation are counted, not put together. Nothing is kept without a limit:
// conversations, the bytes that wait to be put in order, and questions that
// await an answer are bounded, and what has to go is counted.
package capture

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnswire"
)

// Options of a reader; the zero value works.
type Options struct {
	// MaxPacket is the longest packet that is read, in bytes; 0 means 256 KiB,
	// which is libpcap's own limit.
	MaxPacket int
	// MaxFlows is how many TCP conversations are remembered; 0 means 65,536. A
	// conversation takes about 500 bytes, and what it has to be put in order.
	MaxFlows int
	// MaxBuffered is how many bytes may wait to be put in order, of all
	// conversations; 0 means 64 MiB.
	MaxBuffered int
	// Timeout is how long, by the packets' clock, a SYN waits for its answer;
	// 0 means one minute.
	Timeout time.Duration
}

const (
	defaultMaxPacket   = 256 << 10
	defaultMaxFlows    = 1 << 16
	defaultMaxBuffered = 64 << 20
	defaultTimeout     = time.Minute
	idleTime           = 5 * time.Minute // after which a silent conversation is forgotten
)

func (o Options) withDefaults() Options {
	if o.MaxPacket <= 0 {
		o.MaxPacket = defaultMaxPacket
	}
	if o.MaxFlows <= 0 {
		o.MaxFlows = defaultMaxFlows
	}
	if o.MaxBuffered <= 0 {
		o.MaxBuffered = defaultMaxBuffered
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	return o
}

// Reader reads one capture. An event's Line is its packet's number from 1 and
// Offset the place of the packet's header in the file. Of what takes several
// packets it is the last one, but a Flow stands where it began, at its SYN; it
// is told when it is known how it went: answered, refused, or without an answer
// until Timeout, the end, or its eviction.
//
// End is how far the file had been read when the event was told. It never goes
// back: who reads the file again from its beginning knows by it which events
// were told before, as the same packets tell the same.
type Reader struct {
	file    source
	opts    Options
	table   *table
	asked   questions
	dns     dnswire.Parser
	room    []byte // for a handshake message out of several TLS records
	prints  fingerprinter
	queue   queue
	stats   telemetry.Stats
	counts  Counts
	waiting int // bytes that wait to be put in order, of all conversations

	at      mark      // the packet that is being read
	now     time.Time // of the last packet that had a time
	current packet
	held    bool  // current is read and not yet interpreted
	err     error // what ended the file
}

// New reads the file's header. It is an error if it is neither pcap nor pcapng.
func New(r io.Reader, opts Options) (*Reader, error) {
	opts = opts.withDefaults()
	file, err := open(r, opts.MaxPacket)
	if err != nil {
		return nil, fmt.Errorf("open capture: %w", err)
	}
	return &Reader{file: file, opts: opts, table: newTable(opts.MaxFlows), asked: newQuestions()}, nil
}

// batch is how many overdue conversations are told at a time, so that the queue
// stays small.
const batch = 64

// Next returns the next event, or io.EOF after the last. Another error is the
// input's own or says that the file is broken; what was read before it has been
// returned. The event is valid until the next call. If the input waits for more
// bytes, as a file that grows can, so does Next.
func (r *Reader) Next() (*telemetry.Event, error) {
	for {
		if e := r.queue.pop(); e != nil {
			r.stats.Events++
			return e, nil
		}
		switch {
		case r.err != nil:
			if !r.settle() {
				return nil, r.err
			}
		case !r.held:
			r.fetch()
		case r.expire():
			// The packet waits until they are told.
		default:
			r.held = false
			r.interpret()
		}
	}
}

// fetch reads a packet. One that is broken is counted and skipped.
func (r *Reader) fetch() {
	p, err := r.file.next()
	if errors.Is(err, io.EOF) {
		r.err = io.EOF
		return
	}
	r.stats.Lines++
	if y := p.time.Year(); p.time.Unix() == 0 || y < 1970 || y > 9999 { // RFC 3339 ends there
		p.time = time.Time{}
	} else {
		r.now = p.time
	}
	r.at = mark{r.stats.Lines, p.offset, p.time}
	r.queue.end = p.offset // until the packet is interpreted
	switch {
	case err != nil:
		r.failed(p, err)
	case len(p.data) > r.opts.MaxPacket:
		r.stats.TooLong++
		r.sample(fmt.Sprintf("a packet of %d bytes is over the limit", len(p.data)))
	default:
		r.current, r.held = p, true
		if p.time.IsZero() {
			r.stats.Undated++
		}
	}
}

// failed counts a packet that could not be read, or ends the capture.
func (r *Reader) failed(p packet, err error) {
	var skipped errSkipped
	switch {
	case errors.As(err, &skipped):
		r.malformed(skipped.reason)
	case errors.Is(err, io.ErrUnexpectedEOF):
		r.queue.end = p.end
		r.malformed("the capture ends within this packet")
		r.err = io.EOF
	default:
		r.stats.Lines--
		r.err = fmt.Errorf("read capture after packet %d: %w", r.stats.Lines, err)
	}
}

// interpret makes events of the packet.
func (r *Reader) interpret() {
	r.queue.end = r.current.end
	s, what := dissect(r.current)
	switch what {
	case isFragment:
		r.counts.Fragments++
		return
	case isOther:
		r.counts.Other++
		return
	case isBad:
		r.malformed("headers that contradict themselves or end early")
		return
	}
	if s.cut {
		r.counts.Cut++
	}
	if s.tcp {
		r.tcp(&s)
	} else {
		r.udp(&s)
	}
}

// Stats says what has been read so far: Lines are packets, and Malformed are
// packets and messages in them that contradict their own format. A packet can
// give several events, and most give none.
func (r *Reader) Stats() telemetry.Stats {
	s := r.stats
	s.Samples = slices.Clone(s.Samples)
	return s
}

// Counts says what could not be followed so far.
func (r *Reader) Counts() Counts {
	c := r.counts
	c.Flows, c.Buffered = len(r.table.index), r.waiting
	return c
}

// Counts is what a capture holds and no event tells.
type Counts struct {
	Fragments int `json:"fragments"` // of IP packets, not put together
	Other     int `json:"other"`     // packets that are not of UDP or TCP over IP
	Cut       int `json:"cut"`       // packets that the capture holds the beginning of
	Gaps      int `json:"gaps"`      // places in conversations where bytes are missing
	Evicted   int `json:"evicted"`   // conversations that went to make room
	Forgotten int `json:"forgotten"` // questions that went to make room
	Overlong  int `json:"overlong"`  // hellos and requests that were too long to be kept

	Flows    int `json:"flows"`    // conversations that are remembered now
	Buffered int `json:"buffered"` // bytes of theirs that wait to be put in order
}

func (r *Reader) malformed(reason string) {
	r.stats.Malformed++
	r.sample(reason)
}

const maxSamples = 5

func (r *Reader) sample(reason string) {
	if len(r.stats.Samples) < maxSamples {
		r.stats.Samples = append(r.stats.Samples, telemetry.Sample{Line: r.at.line, Offset: r.at.offset, Reason: reason})
	}
}

var _ telemetry.Source = (*Reader)(nil)
