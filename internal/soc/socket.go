package soc

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	connectTime = 10 * time.Second
	writeTime   = 10 * time.Second
)

// socket writes to a network address or a Unix socket.
type socket struct {
	networks []string // to try in turn: "udp", "tcp", "tls", "unix", "unixgram"
	address  string
	octets   bool // on a stream; else lines
	tls      *tls.Config

	conn      net.Conn
	datagrams bool
	hungUp    *atomic.Bool // by the receiver, of this connection
	framed
}

func (s *socket) String() string { return s.networks[0] + " " + s.address }

func (s *socket) limit() int {
	switch {
	case s.networks[0] == "udp":
		return datagramBytes
	case s.octets || s.networks[0] == "unixgram":
		return syslogBytes
	}
	return 0
}

func (s *socket) write(ctx context.Context, records [][]byte) (done int, err error) {
	if s.conn != nil && s.hungUp.Load() {
		s.hangUp()
	}
	if s.conn == nil {
		if err := s.connect(ctx); err != nil {
			return 0, err
		}
	}
	if s.datagrams {
		done, err = s.writeDatagrams(records)
	} else {
		done, err = s.writeStream(records)
	}
	if err != nil {
		s.hangUp()
	}
	return done, err
}

func (s *socket) writeDatagrams(records [][]byte) (int, error) {
	for i, r := range records {
		if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			return i, err
		}
		if _, err := s.conn.Write(r); err != nil {
			return i, err
		}
	}
	return len(records), nil
}

func (s *socket) writeStream(records [][]byte) (int, error) {
	if s.octets {
		s.framed.octets(records)
	} else {
		s.lines(records)
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return 0, err
	}
	n, err := s.conn.Write(s.bytes)
	return s.whole(n), err
}

// connect tries the networks in turn, as the kind of a Unix socket shows only
// when it is connected to.
func (s *socket) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	for i, network := range s.networks {
		conn, err := s.dial(ctx, network)
		if errors.Is(err, syscall.EPROTOTYPE) && i+1 < len(s.networks) {
			continue
		}
		if err != nil {
			return err
		}
		s.conn, s.datagrams = conn, network == "udp" || network == "unixgram"
		s.hungUp = new(atomic.Bool)
		if !s.datagrams {
			go listen(conn, s.hungUp)
		}
		return nil
	}
	return nil
}

func (s *socket) dial(ctx context.Context, network string) (net.Conn, error) {
	if network != "tls" {
		return new(net.Dialer).DialContext(ctx, network, s.address)
	}
	return (&tls.Dialer{Config: s.tls}).DialContext(ctx, "tcp", s.address)
}

// listen notices that a receiver hangs up. Without it the next record would go
// out as if it were received. Receivers say nothing else.
func listen(conn net.Conn, hungUp *atomic.Bool) {
	_, _ = io.Copy(io.Discard, conn) // however it ends, it has ended
	hungUp.Store(true)
}

// hangUp closes the connection; what was written is on its way.
func (s *socket) hangUp() {
	_ = s.conn.Close()
	s.conn = nil
}

func (s *socket) close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}
