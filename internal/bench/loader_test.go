package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// load is what a load generator is to send: envelopes of synthetic objects,
// made beforehand, shared out among clients that each send one at a time. With
// nothing to make it sends what it made before once more.
type load struct {
	Address   string `json:"address"`
	Path      string `json:"path"`
	Media     string `json:"media"`
	Token     string `json:"token"`
	Bundle    bool   `json:"bundle"`
	Seed      uint64 `json:"seed"`
	First     int    `json:"first"`     // number of the first object
	Envelopes int    `json:"envelopes"` // 0: those made before
}

const (
	envelopeSize = 1000
	clients      = 4
)

// sent is what became of a load.
type sent struct {
	Seconds  float64 `json:"seconds"` // from the first byte to the last acknowledgement
	Own      float64 `json:"own"`     // processor seconds of the load generator meanwhile
	Objects  int     `json:"objects"` // that were acknowledged
	Bytes    int64   `json:"bytes"`
	Waits    int     `json:"waits"` // answers of 503 or 429, each obeyed and sent again
	Slowest  float64 `json:"slowest"`
	Complain string  `json:"complain"` // what went wrong first
}

// beLoader answers every load on in: once when it is prepared, and once when it
// is sent, which it begins with the next line.
func beLoader(in io.Reader, out io.Writer) error {
	decoder := jsontext.NewDecoder(in)
	var bodies [][]byte
	for {
		var l load
		if err := json.UnmarshalDecode(decoder, &l); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if l.Envelopes > 0 {
			bodies = bodies[:0]
			for i := range l.Envelopes {
				bodies = append(bodies, synthetic{l.Seed}.appendEnvelope(nil, l.First+i*envelopeSize, envelopeSize, l.Bundle))
			}
		}
		var begin bool
		err := json.MarshalWrite(out, "prepared")
		if err == nil {
			err = json.UnmarshalDecode(decoder, &begin)
		}
		if err == nil {
			err = json.MarshalWrite(out, l.send(bodies))
		}
		if err != nil {
			return err
		}
	}
}

func (l load) send(bodies [][]byte) (all sent) {
	var wg sync.WaitGroup
	results := make([]sent, clients)
	own, began := ownProcessor(), time.Now()
	for c := range clients {
		wg.Go(func() {
			if err := l.client(bodies, c, &results[c]); err != nil {
				results[c].Complain = err.Error()
			}
		})
	}
	wg.Wait()
	all.Seconds, all.Own = time.Since(began).Seconds(), (ownProcessor() - own).Seconds()
	for _, r := range results {
		all.Objects, all.Bytes, all.Waits = all.Objects+r.Objects, all.Bytes+r.Bytes, all.Waits+r.Waits
		all.Slowest = max(all.Slowest, r.Slowest)
		if all.Complain == "" {
			all.Complain = r.Complain
		}
	}
	return all
}

// client sends every clients-th body from the cth on.
func (l load) client(bodies [][]byte, c int, done *sent) error {
	w, err := dialWire(l.Address)
	if err != nil {
		return err
	}
	defer w.close()
	var text bytes.Buffer
	for i := c; i < len(bodies); i += clients {
		head := postHead(l.Path, l.Token, l.Media, len(bodies[i]))
		for began := time.Now(); ; {
			text.Reset()
			got, err := w.exchange(head, bodies[i], &text)
			if err != nil {
				return fmt.Errorf("envelope %d: %w", i, err)
			}
			if again, ok := retryAfter(got); ok {
				done.Waits++
				time.Sleep(again)
				continue
			}
			taken, err := acknowledged(got.status, text.Bytes())
			if err != nil {
				return fmt.Errorf("envelope %d: %w", i, err)
			}
			done.Objects += taken
			done.Bytes += int64(len(bodies[i]))
			done.Slowest = max(done.Slowest, time.Since(began).Seconds())
			break
		}
	}
	return nil
}

// retryAfter is for how long the hub asks to wait (RFC 9110, section 10.2.3).
func retryAfter(a answer) (time.Duration, bool) {
	if a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests {
		return 0, false
	}
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	return time.Duration(seconds) * time.Second, err == nil
}

// acknowledged reads how many objects an answer says are taken: a status of
// TAXII 2.1 (section 4.3.1), or the API's word for a contribution.
func acknowledged(status int, text []byte) (int, error) {
	var answer struct {
		Accepted  int `json:"accepted"`
		Successes int `json:"success_count"`
		Pending   int `json:"pending_count"`
		Failures  int `json:"failure_count"`
	}
	if status != http.StatusCreated && status != http.StatusAccepted && status != http.StatusOK {
		return 0, fmt.Errorf("status %d: %.500s", status, text)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return 0, err
	}
	taken := answer.Accepted + answer.Successes + answer.Pending
	if answer.Failures > 0 || taken != envelopeSize {
		return 0, fmt.Errorf("%d objects were taken and %d refused: %.500s", taken, answer.Failures, text)
	}
	return taken, nil
}

// loader is the load generator as a child process.
type loader struct {
	tb  testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *jsontext.Decoder
}

func startLoader(tb testing.TB) *loader {
	tb.Helper()
	cmd, err := again(roleLoader)
	if err != nil {
		tb.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	l := &loader{tb, cmd, in, jsontext.NewDecoder(out)}
	tb.Cleanup(func() {
		_ = in.Close() // it ends with its input
		_ = cmd.Wait()
	})
	return l
}

func (l *loader) prepare(what load) {
	l.tb.Helper()
	var word string
	l.say(what)
	if err := json.UnmarshalDecode(l.out, &word); err != nil || word != "prepared" {
		l.tb.Fatalf("the load generator says %q: %v", word, err)
	}
}

// send has it begin and waits for the last acknowledgement.
func (l *loader) send() (s sent) {
	l.tb.Helper()
	l.say(true)
	if err := json.UnmarshalDecode(l.out, &s); err != nil {
		l.tb.Fatalf("the load generator: %v", err)
	}
	if s.Complain != "" {
		l.tb.Fatalf("the load generator: %s", s.Complain)
	}
	return s
}

func (l *loader) say(what any) {
	l.tb.Helper()
	if err := json.MarshalWrite(l.in, what); err != nil {
		l.tb.Fatalf("the load generator: %v", err)
	}
	if _, err := io.WriteString(l.in, "\n"); err != nil {
		l.tb.Fatalf("the load generator: %v", err)
	}
}
