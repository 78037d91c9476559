package haproxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"time"
)

const (
	// patience is how long HAProxy may take for one answer; replacing a map of a
	// million entries takes it seconds.
	patience = time.Minute
	// room is how long a command with its payload may be, in bytes, of the 16 KiB of
	// HAProxy's default buffer (HAProxy 2.6 management guide, 9.3).
	room = 12 << 10
	// window is how many bytes of commands are sent before their answers are read,
	// well within what sockets hold.
	window = 64 << 10
	// longestAnswer bounds what is read for one command, in bytes.
	longestAnswer = 64 << 10
)

// session is a connection to the runtime socket in its interactive mode: each
// answer ends with a prompt.
type session struct {
	conn net.Conn
	in   *bufio.Reader
	path string
}

func dial(ctx context.Context, path string) (*session, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w: HAProxy is not running, or has no \"stats socket %s level operator\" in its configuration: `tocsin feed connect haproxy` prints one", err, path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: the edge needs to be let in: add \"mode 660 group GROUP\" to the stats socket in HAProxy's configuration, with a group that the edge's user is in", err)
	case err != nil:
		return nil, err
	}
	s := &session{conn: conn, in: bufio.NewReader(conn), path: path}
	if _, err := s.ask("prompt"); err != nil {
		s.close()
		return nil, fmt.Errorf("runtime socket %s: %w", path, err)
	}
	return s, nil
}

func (s *session) close() { _ = s.conn.Close() } // every answer was read, or is of no use

// ask sends one command and gives its answer.
func (s *session) ask(command string) (string, error) {
	if _, err := io.WriteString(s.conn, command+"\n"); err != nil {
		return "", err
	}
	return s.answer()
}

// errUnderstood is the kind of error for an answer that nobody expected.
var errUnderstood = errors.New("HAProxy answers")

// told is an error for an answer that should have been empty.
func told(command, answer string) error {
	if answer == "" {
		return nil
	}
	return fmt.Errorf("%s: %w %q", command, errUnderstood, answer)
}

// answer reads up to the next prompt.
func (s *session) answer() (string, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	var text []byte
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return "", fmt.Errorf("read the answer: %w", err)
		}
		text = append(text, c)
		if n := len(text); n >= 3 && string(text[n-3:]) == "\n> " {
			return strings.TrimSpace(string(text[:n-3])), nil
		}
		if len(text) > longestAnswer {
			return "", fmt.Errorf("%w more than %d bytes", errUnderstood, longestAnswer)
		}
	}
}

// each sends many commands, not waiting for the answer to one before the next, and
// tells do every answer in order.
func (s *session) each(commands []string, do func(i int, answer string) error) error {
	for done := 0; done < len(commands); {
		var out strings.Builder
		next := done
		for next < len(commands) && (next == done || out.Len()+len(commands[next]) < window) {
			out.WriteString(commands[next])
			out.WriteByte('\n')
			next++
		}
		if _, err := io.WriteString(s.conn, out.String()); err != nil {
			return err
		}
		for ; done < next; done++ {
			answer, err := s.answer()
			if err != nil {
				return err
			}
			if err := do(done, answer); err != nil {
				return err
			}
		}
	}
	return nil
}

// add sends entries for one map in as few commands as fit, each on a connection of
// its own: in the interactive mode HAProxy acknowledges each line of a payload, and
// takes five times as long. version is "", or that of a map that is being prepared,
// as "@1 ".
func (s *session) add(ctx context.Context, version, path string, entries []entry) error {
	command := "add map " + version + path + " <<\n"
	text := make([]byte, 0, room)
	for i, e := range entries {
		if len(text) == 0 {
			text = append(text, command...)
		}
		text = e.line(text)
		if i+1 < len(entries) && len(text)+len(entries[i+1].key)+32 < room {
			continue
		}
		answer, err := s.once(ctx, append(text, '\n'))
		if err == nil {
			err = told("add map "+path, answer)
		}
		if err != nil {
			return err
		}
		text = text[:0]
	}
	return nil
}

// once gives one command, with its payload, on a connection of its own, which
// HAProxy closes after the answer.
func (s *session) once(ctx context.Context, command []byte) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", s.path)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }() // the answer was read, or is of no use
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return "", err
	}
	if _, err := conn.Write(command); err != nil {
		return "", err
	}
	answer, err := io.ReadAll(io.LimitReader(conn, longestAnswer))
	return strings.TrimSpace(string(answer)), err
}
