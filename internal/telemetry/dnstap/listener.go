package dnstap

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

const (
	maxStreams    = 64               // servers that write at once; further ones are closed at once
	handshakeTime = 10 * time.Second // for a writer to begin
	waitingFrames = 64               // read and not yet asked for; beyond them the writers wait
	keptFrame     = 4 << 10          // bytes of a buffer that is worth using again
	socketMode    = 0o660            // the servers' user has to be in the socket's group
)

// Listener reads the streams of all servers that connect to a Unix socket, as
// one Source: frames in the order of their arrival, Line counting them all,
// Offset within the stream of the one that wrote it.
//
// A stream that breaks or is none is counted, sampled and closed; the others
// go on.
type Listener struct {
	socket *net.UnixListener
	max    int
	frames chan received
	free   chan []byte
	done   chan struct{} // closed by Close

	mu     sync.Mutex // guards conns and closed
	conns  map[net.Conn]bool
	closed bool
	wg     sync.WaitGroup // accept, and one for each connection

	readers sync.Mutex // guards what Next and Stats use
	decode  decoder
	lent    []byte // the buffer of the event that Next returned last
}

// received is a frame with its own memory, or why a stream was closed.
type received struct {
	frame
	err error
}

// Listen makes the socket, which the user and the group of this process may
// write to. A socket that a dead process left behind is taken over; anything
// else at the path is an error. The options' MaxLine limits the frames.
func Listen(path string, opts telemetry.Options) (*Listener, error) {
	if err := clearPath(path); err != nil {
		return nil, fmt.Errorf("listen for dnstap: %w", err)
	}
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen for dnstap: %w", err)
	}
	if err := os.Chmod(path, socketMode); err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("listen for dnstap: %w", err)
	}
	l := &Listener{
		socket: socket,
		max:    maxFrame(opts),
		frames: make(chan received, waitingFrames),
		free:   make(chan []byte, waitingFrames),
		done:   make(chan struct{}),
		conns:  map[net.Conn]bool{},
	}
	l.wg.Go(l.accept)
	return l, nil
}

// clearPath removes a socket that nobody listens to.
func clearPath(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket; move it or choose another path", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second) //nolint:noctx // the time limit is enough on a local socket
	if err == nil {
		_ = conn.Close()
		return fmt.Errorf("another program listens to %s; end it or choose another path", path)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.Remove(path)
}

// Next returns the next message of any stream, and waits for one. It returns
// io.EOF after Close, when the frames that were waiting are given out. The event is valid
// until the next call.
func (l *Listener) Next() (*telemetry.Event, error) {
	for {
		r, ok := <-l.frames
		if !ok {
			return nil, io.EOF
		}
		if e := l.take(r); e != nil {
			return e, nil
		}
	}
}

func (l *Listener) take(r received) *telemetry.Event {
	l.readers.Lock()
	defer l.readers.Unlock()
	if cap(l.lent) > 0 && cap(l.lent) <= keptFrame {
		select {
		case l.free <- l.lent[:0]:
		default:
		}
	}
	l.lent = r.data
	if r.err != nil {
		l.decode.stats.Malformed++
		l.decode.sample(r.frame, "a stream was closed: "+r.err.Error())
		return nil
	}
	return l.decode.frame(r.frame)
}

// Stats says what has been read so far, of all streams; as of Reader. A stream
// that could not be read counts as malformed and not as a line.
func (l *Listener) Stats() telemetry.Stats {
	l.readers.Lock()
	defer l.readers.Unlock()
	return l.decode.snapshot()
}

// Close ends all streams, removes the socket, and returns when nothing is read
// any more.
func (l *Listener) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	for c := range l.conns {
		_ = c.Close()
	}
	l.mu.Unlock()
	close(l.done)
	err := l.socket.Close()
	l.wg.Wait()
	close(l.frames)
	if err != nil {
		return fmt.Errorf("close the dnstap socket: %w", err)
	}
	return nil
}
