// Package dnstap reads what DNS servers say of their own traffic: dnstap
// messages (https://dnstap.info) in a Frame Stream, from a file, from standard
// input, or from several servers at once over a Unix socket.
//
// A Frame Stream is a row of frames, each with its length before it as 4 bytes,
// big endian; length 0 announces a control frame. A writer that wants an answer
// begins with READY, is told ACCEPT, and sends START; one that only writes
// begins with START. STOP ends the stream, and FINISH answers it
// (https://farsightsec.github.io/fstrm/).
package dnstap

import (
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

const (
	defaultMaxFrame = 1 << 20 // as telemetry's lines, and as the reference library has it
	maxSamples      = 5
)

// Reader reads one Frame Stream. In its events and counts a line is a frame of
// data, numbered from 1, and Offset and End are places in the stream, the
// frame's length being a part of it.
//
// A frame that cannot be read is counted, sampled and skipped. A stream that
// ends within a frame loses that frame, which is counted, and none before it.
type Reader struct {
	stream *stream
	decode decoder
}

// New returns a reader of the stream in r, whose handshake is read at the first
// call of Next. If r can be written to, as a connection can, a writer that asks
// for an answer gets one. The options' MaxLine limits the frames.
func New(r io.Reader, opts telemetry.Options) *Reader {
	return &Reader{stream: newStream(r, maxFrame(opts))}
}

func maxFrame(opts telemetry.Options) int {
	if opts.MaxLine > 0 {
		return opts.MaxLine
	}
	return defaultMaxFrame
}

// Next returns the next message as an event of kind DNS, or io.EOF after the
// last. Another error is the input's own, or says that it is no stream of
// dnstap. The event is valid until the next call.
func (r *Reader) Next() (*telemetry.Event, error) {
	for {
		f, err := r.stream.next()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, fmt.Errorf("read dnstap after frame %d: %w", r.decode.stats.Lines, err)
		}
		if e := r.decode.frame(f); e != nil {
			return e, nil
		}
	}
}

// Stats says what has been read so far. Lines are frames of data; what is no
// DNS message of a query or a response is malformed; an event is mistyped if
// its message broke off within the answers.
func (r *Reader) Stats() telemetry.Stats { return r.decode.snapshot() }

var (
	_ telemetry.Source = (*Reader)(nil)
	_ telemetry.Source = (*Listener)(nil)
)
