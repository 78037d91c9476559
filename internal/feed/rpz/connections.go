package rpz

import (
	"net"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// Limits of what a client can hold.
const (
	maxConnections = 256              // TCP connections at a time; more wait in the kernel's queue
	maxUDP         = 1232             // bytes of a UDP message (DNS flag day 2020)
	readTimeout    = 2 * time.Second  // for the first query on a connection
	idleTimeout    = 10 * time.Second // for the next ones (RFC 7766, section 6.2.3)
	writeTimeout   = 10 * time.Second // for one message of a transfer
)

// connections is a listener whose connections are bounded in number, drop a
// client that does not read, and can be closed together.
type connections struct {
	net.Listener
	mu   sync.Mutex
	open map[*connection]struct{}
}

func newConnections(l net.Listener) *connections {
	return &connections{Listener: netutil.LimitListener(l, maxConnections), open: make(map[*connection]struct{})}
}

func (l *connections) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: conn, of: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = struct{}{}
	return c, nil
}

func (l *connections) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Conn.Close() // cut off either way
	}
}

type connection struct {
	net.Conn
	of *connections
}

func (c *connection) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
