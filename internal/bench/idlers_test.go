package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// idlers is what a process that only follows is told: so many open change streams.
type idlers struct {
	Address string `json:"address"`
	Token   string `json:"token"`
	Count   int    `json:"count"`
}

// following says how many streams are open, and when so many of them had read so
// many lines that say something.
type following struct {
	Open  int64 `json:"open"`
	Lines int64 `json:"lines"`
	Last  int64 `json:"last"` // nanoseconds since 1970, of the last line
}

// beIdlers opens the streams, and then answers each line of in with how they do.
func beIdlers(in io.Reader, out io.Writer) error {
	decoder := jsontext.NewDecoder(in)
	var i idlers
	if err := json.UnmarshalDecode(decoder, &i); err != nil {
		return err
	}
	var open, lines, last atomic.Int64
	ready := make(chan error, i.Count)
	opening := make(chan struct{}, 64)
	for range i.Count {
		opening <- struct{}{}
		go func() {
			from, err := i.open()
			<-opening
			open.Add(1)
			ready <- err
			for err == nil {
				var line []byte
				if line, err = from.ReadSlice('\n'); bytes.Contains(line, []byte(`"kind"`)) {
					last.Store(time.Now().UnixNano())
					lines.Add(1)
				}
			}
			open.Add(-1)
		}()
	}
	for range i.Count {
		if err := <-ready; err != nil {
			return err
		}
	}
	for {
		if err := json.MarshalWrite(out, following{open.Load(), lines.Load(), last.Load()}); err != nil {
			return err
		}
		var again bool
		if err := json.UnmarshalDecode(decoder, &again); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// open asks for a stream and reads the head of the answer.
func (i idlers) open() (*bufio.Reader, error) {
	conn, err := net.Dial("tcp", i.Address)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "GET /api/v1/stream?kinds=protection.decided HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\n\r\n", i.Token); err != nil {
		return nil, err
	}
	from := bufio.NewReaderSize(conn, 4<<10)
	status, err := from.ReadString('\n')
	if err == nil && status != "HTTP/1.1 200 OK\r\n" {
		err = fmt.Errorf("the stream answers %q", status)
	}
	return from, err
}

// idleFollowers is such a process.
type idleFollowers struct {
	tb  testing.TB
	in  *jsontext.Encoder
	out *jsontext.Decoder
}

func startIdlers(h *hub, token string, n int) (*idleFollowers, following) {
	h.tb.Helper()
	cmd, err := again(roleIdlers)
	if err != nil {
		h.tb.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err, err2, cmd.Start()); err != nil {
		h.tb.Fatal(err)
	}
	h.tb.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill() // it holds nothing
		_ = cmd.Wait()
	})
	f := &idleFollowers{h.tb, jsontext.NewEncoder(in), jsontext.NewDecoder(out)}
	if err := json.MarshalEncode(f.in, idlers{h.address(), token, n}); err != nil {
		h.tb.Fatal(err)
	}
	return f, f.read()
}

func (f *idleFollowers) read() (now following) {
	f.tb.Helper()
	if err := json.UnmarshalDecode(f.out, &now); err != nil {
		f.tb.Fatalf("the followers do not answer: %v", err)
	}
	return now
}

func (f *idleFollowers) ask() following {
	f.tb.Helper()
	if err := json.MarshalEncode(f.in, true); err != nil {
		f.tb.Fatal(err)
	}
	return f.read()
}
