package dnstap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// accept takes connections until Close.
func (l *Listener) accept() {
	for {
		conn, err := l.socket.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // too many open files, a writer gone already
			l.give(received{err: fmt.Errorf("accept a connection: %w", err)})
			select {
			case <-l.done:
				return
			case <-time.After(100 * time.Millisecond): // or it would spin
			}
		case !l.enter(conn):
			_ = conn.Close()
		}
	}
}

// enter begins to read a connection, if there is room for it.
func (l *Listener) enter(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	if len(l.conns) >= maxStreams {
		l.wg.Go(func() {
			l.give(received{err: fmt.Errorf("%d streams are open; no more are taken", maxStreams)})
		})
		return false
	}
	l.conns[conn] = true
	l.wg.Go(func() { l.serve(conn) })
	return true
}

// serve reads one stream to its end.
func (l *Listener) serve(conn net.Conn) {
	err := l.read(conn)
	l.mu.Lock()
	ours := l.closed
	delete(l.conns, conn)
	l.mu.Unlock()
	_ = conn.Close()
	if err != nil && !ours {
		l.give(received{err: err})
	}
}

func (l *Listener) read(conn net.Conn) error {
	s := newStream(conn, l.max)
	if err := conn.SetDeadline(time.Now().Add(handshakeTime)); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return endOfStream(err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	for {
		f, err := s.next()
		if err != nil {
			return endOfStream(err)
		}
		if !l.give(received{frame: l.own(f)}) {
			return nil
		}
	}
}

func endOfStream(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// own gives the frame memory of its own.
func (l *Listener) own(f frame) frame {
	var room []byte
	select {
	case room = <-l.free:
	default:
	}
	f.data = append(room[:0], f.data...)
	return f
}

// give hands a frame on; false says that the listener was closed.
func (l *Listener) give(r received) bool {
	select {
	case l.frames <- r:
		return true
	case <-l.done:
		return false
	}
}
