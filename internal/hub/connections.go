package hub

import (
	"net"
	"net/netip"
	"sync"

	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

// fairListener lets no source have more than its share of the connections, so
// that one cannot have them all. A source is what ratelimit.Source says. This
// machine's own programs, among them a proxy in front of the hub, may have any
// number.
type fairListener struct {
	net.Listener
	most   int    // of one source
	hungUp func() // is told of each that is one too many

	mu   sync.Mutex
	open map[netip.Prefix]int
}

func newFairListener(l net.Listener, most int, hungUp func()) *fairListener {
	return &fairListener{Listener: l, most: most, hungUp: hungUp, open: map[netip.Prefix]int{}}
}

// Accept waits for a connection of a source that may have one more. It hangs up
// on others.
func (l *fairListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote := c.RemoteAddr().String()
		if at, err := netip.ParseAddrPort(remote); err == nil && at.Addr().Unmap().IsLoopback() {
			return c, nil
		}
		from := ratelimit.Source(remote)
		if !l.enter(from) {
			_ = c.Close() // there is nobody to tell
			l.hungUp()
			continue
		}
		return &fairConn{Conn: c, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
	}
}

func (l *fairListener) enter(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] >= l.most {
		return false
	}
	l.open[from]++
	return true
}

func (l *fairListener) leave(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] <= 0 {
		delete(l.open, from)
	}
}

// fairConn makes room when it is closed.
type fairConn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *fairConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
