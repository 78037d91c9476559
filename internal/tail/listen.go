package tail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// LineLimits bound what programs may send to a socket; the zero value works.
type LineLimits struct {
	Line        int // bytes of one line with its end; 0: 1 MiB
	Connections int // at a time; 0: 64
}

// LineStats count what came by a socket.
type LineStats struct {
	Connections uint64 // that were taken so far
	Open        int    // of them, now
	Refused     uint64 // connections beyond the limit, closed at once
	Broken      uint64 // connections that ended within a line, which was given up
	TooLong     uint64 // lines over the limit, given up
}

// Lines are the lines that programs send to a socket, merged whole into one
// stream. Nothing of it can be read again: who has to resume reads a file.
type Lines struct {
	ctx      context.Context
	stop     context.CancelFunc
	listener net.Listener
	limits   LineLimits
	batches  chan []byte   // whole lines
	spent    chan struct{} // the last batch has been read, its buffer may be used again
	rest     []byte        // of the last batch; belongs to Read
	served   sync.WaitGroup

	mu    sync.Mutex
	stats LineStats
	open  map[net.Conn]struct{}
}

// Listen takes connections at "unix:/path" or "tcp://127.0.0.1:port" until the
// context ends. Whoever may write to the folder of a Unix socket decides who may
// connect: it is open to its owner and group. TCP has no such thing, so that
// only loopback addresses are taken. A socket that a process left is replaced.
func Listen(ctx context.Context, address string, limits LineLimits) (*Lines, error) {
	if limits.Line == 0 {
		limits.Line = 1 << 20
	}
	if limits.Connections == 0 {
		limits.Connections = 64
	}
	listener, err := listen(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("listen for lines at %s: %w", address, err)
	}
	l := &Lines{
		listener: listener, limits: limits, batches: make(chan []byte), spent: make(chan struct{}),
		open: map[net.Conn]struct{}{},
	}
	l.ctx, l.stop = context.WithCancel(ctx)
	context.AfterFunc(l.ctx, l.hangUp)
	l.served.Go(l.accept)
	return l, nil
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	if path, ok := strings.CutPrefix(address, "unix:"); ok && path != "" {
		if err := removeStale(ctx, path); err != nil {
			return nil, err
		}
		listener, err := config.Listen(ctx, "unix", path)
		if err == nil {
			if err = os.Chmod(path, 0o660); err != nil { //nolint:gosec // the group is the sensor's
				err = errors.Join(err, listener.Close())
			}
		}
		return listener, err
	}
	if host, ok := strings.CutPrefix(address, "tcp://"); ok {
		at, err := netip.ParseAddrPort(host)
		if err != nil || !at.Addr().IsLoopback() {
			return nil, errors.New("only a loopback address with a port is taken, such as tcp://127.0.0.1:5170: nobody who can connect is asked who they are")
		}
		return config.Listen(ctx, "tcp", host)
	}
	return nil, errors.New("the address has to be unix:/path or tcp://127.0.0.1:port")
}

// removeStale removes a socket at which nobody listens any more.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is something that is not a socket; it is left alone")
	}
	dialer := net.Dialer{Timeout: time.Second}
	c, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		return errors.Join(errors.New("another process listens there"), c.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// Addr is where it listens.
func (l *Lines) Addr() net.Addr { return l.listener.Addr() }

// Stats are the counts so far.
func (l *Lines) Stats() LineStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Open = len(l.open)
	return s
}

// Read gives lines; io.EOF when the context has ended. It is for one goroutine
// at a time.
func (l *Lines) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(l.rest) == 0 {
		select {
		case l.rest = <-l.batches:
		case <-l.ctx.Done():
			return 0, io.EOF
		}
	}
	n := copy(p, l.rest)
	if l.rest = l.rest[n:]; len(l.rest) == 0 {
		select {
		case l.spent <- struct{}{}:
		case <-l.ctx.Done():
		}
	}
	return n, nil
}

// Close stops listening, hangs up, and waits until all of it has ended.
func (l *Lines) Close() error {
	l.stop()
	l.served.Wait()
	return nil
}

// hangUp lets everything that waits for the network end.
func (l *Lines) hangUp() {
	_ = l.listener.Close() // it has taken its last connection either way
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Close() // what it still sends is lost either way
	}
}
