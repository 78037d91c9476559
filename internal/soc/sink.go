package soc

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"
)

// Sink takes alerts. Its methods may be called from many goroutines.
type Sink interface {
	// Send never waits and keeps nothing of what the alert's strings share. It
	// returns ErrFull when the alert is dropped; that is counted and logged
	// already.
	Send(a Alert) error
	// Close sends what waits, for at most Options.Drain, and says what was lost.
	Close() error
	// Stats says what became of the alerts.
	Stats() Stats
}

// Why an alert is not sent.
var (
	ErrFull   = errors.New("the queue for the SOC is full")
	ErrClosed = errors.New("the sink is closed")
)

// Stats of a sink. Hits = Told + Dropped + Waiting.
type Stats struct {
	Hits    uint64 `json:"hits"`    // given to Send
	Told    uint64 `json:"told"`    // hits in the records written
	Dropped uint64 `json:"dropped"` // hits nobody was told
	Waiting uint64 `json:"waiting"` // hits in the queue, or gathered until their window ends
	Records uint64 `json:"records"` // written
	Away    bool   `json:"away"`    // the receiver cannot be reached
}

// Options of a sink; the zero value works.
type Options struct {
	Queue  int           // records that wait; 0 means 4,096
	Window time.Duration // over which repeated hits are told as one; 0 means 60 s, negative tells each
	Groups int           // indicators and hosts told apart in it; 0 means 65,536
	Drain  time.Duration // how long Close waits; 0 means 5 s

	TLS    *tls.Config // for tls:// targets; nil trusts the system's authorities
	Stdout io.Writer   // for "-"; nil is os.Stdout
	Log    *slog.Logger

	Hostname string // empty is the machine's
	Version  string // of the program, for CEF
}

func (o Options) withDefaults() Options {
	if o.Queue <= 0 {
		o.Queue = 4096
	}
	if o.Window == 0 {
		o.Window = time.Minute
	}
	if o.Groups <= 0 {
		o.Groups = 1 << 16
	}
	if o.Drain <= 0 {
		o.Drain = 5 * time.Second
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Hostname == "" {
		o.Hostname, _ = os.Hostname()
	}
	if o.Version == "" {
		o.Version = "0"
	}
	return o
}

func (o Options) origin() origin {
	return origin{host: o.Hostname, app: "tocsin", pid: strconv.Itoa(os.Getpid()), version: o.Version}
}

// Open makes a sink of a specification, FORMAT:TARGET. The format is json,
// syslog, cef or syslog+cef (CEF as the message of a syslog record). The target
// is
//
//   - standard output
//     /path/of/a/file      appended to; when the file was renamed or removed, made anew
//     unix:/path           a Unix socket, of either kind
//     udp://host:port      a record a datagram; port 514 if none is given
//     tcp://host:port      lines, but syslog in octet counting (RFC 6587)
//     tls://host:port      the same over TLS (RFC 5425); port 6514 if none is given
//
// A target that cannot be reached is tried again and again; only a
// specification that makes no sense is an error.
func Open(spec string, opts Options) (Sink, error) {
	opts = opts.withDefaults()
	f, to, err := parseSpec(spec, opts)
	if err != nil {
		return nil, fmt.Errorf("SOC target %q: %w", spec, err)
	}
	return start(f, to, opts), nil
}
