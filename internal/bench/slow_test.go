package bench

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// How many clients of each bad kind there are at a time, and for how long.
const (
	slowReaders  = 100 // of a big page, a byte a second
	slowSenders  = 50  // of an envelope, a byte a second
	vanishing    = 8   // leave in the middle of a page or an envelope, and come again
	strain       = 20 * time.Second
	betweenBytes = time.Second
)

// A client that reads a page or sends an envelope a byte a second, and one that
// leaves in the middle, harm nobody: the others are served, and the hub gets
// back what it held for them.
func TestSlowAndVanishing(t *testing.T) {
	if os.Getenv("TOCSIN_SOAK_REQUESTS") == "" {
		t.Skip("this takes a minute: run it with make soak")
	}
	h := startHub(t, filepath.Join(t.TempDir(), "data"), true)
	h.ready()
	_, token := h.partner("Partner One", "contributor")
	l := startLoader(t)
	path := h.as(token).community() + "objects/"
	l.prepare(load{Address: h.address(), Path: path, Media: taxiiMedia, Token: token, Seed: 5, Envelopes: 20})
	l.send()
	h.visible(token, synthetic{5}, 0, 20)
	w := newWitness(h)
	page := getHead(path+"?limit=1000", token)
	h.crowd(page)
	calm := h.latencies(page, 3*time.Second)
	before := h.atRest()

	body := synthetic{6}.appendEnvelope(nil, 0, envelopeSize, false)
	envelope := append(postHead(path, token, taxiiMedia, len(body)), body...)
	bad := &offenders{address: h.address(), until: time.Now().Add(strain)}
	for range slowReaders {
		bad.Go(func() error { return bad.readSlowly(page) })
	}
	for range slowSenders {
		bad.Go(func() error { return bad.sendSlowly(envelope) })
	}
	for i := range vanishing {
		bad.Go(func() error { return bad.vanish(i, page, envelope) })
	}
	strained := h.latencies(page, strain-2*time.Second)
	during := residentOf(t, h.pid()).all
	bad.Wait()
	if bad.failed != nil {
		t.Errorf("a client that misbehaves: %v", bad.failed)
	}
	after := h.returns(before, 48*mebibyte)
	t.Logf("a page of 1,000 objects to a good client: %v; beside %d slow readers, %d slow senders and %d departures: %v", calm, slowReaders, slowSenders, bad.departures.Load(), strained)
	t.Logf("before: %v", before)
	t.Logf("during: %d MiB resident", during/mebibyte)
	t.Logf("after:  %v", after)
	if worst := max(20*calm.p99, time.Second); strained.p99 > worst {
		t.Errorf("a good client waited %v for a page, one time in a hundred; %v is the most", strained.p99, worst)
	}
	w.asks()
	h.stop()
	h.check()
}

// crowd has as many good clients ask at once as bad ones will, so that what the
// hub opens once and keeps is open.
func (h *hub) crowd(head []byte) {
	h.tb.Helper()
	crowd := &offenders{address: h.address()}
	for range slowReaders + slowSenders {
		crowd.Go(func() error {
			w, err := dialWire(h.address())
			if err != nil {
				return err
			}
			defer w.close()
			_, err = w.exchange(head, nil, nil)
			return err
		})
	}
	crowd.Wait()
	if crowd.failed != nil {
		h.tb.Fatalf("good clients: %v", crowd.failed)
	}
}

// latency is how long a request takes, in the middle and one time in a hundred.
type latency struct {
	requests int
	p50, p99 time.Duration
}

func (l latency) String() string {
	return fmt.Sprintf("%v, p99 %v (of %d)", l.p50.Round(time.Microsecond), l.p99.Round(time.Microsecond), l.requests)
}

// latencies has one good client ask for a page again and again for a while.
func (h *hub) latencies(head []byte, lasting time.Duration) latency {
	h.tb.Helper()
	w, err := dialWire(h.address())
	if err != nil {
		h.tb.Fatal(err)
	}
	defer w.close()
	var all []time.Duration
	for end := time.Now().Add(lasting); time.Now().Before(end); {
		began := time.Now()
		got, err := w.exchange(head, nil, nil)
		if err != nil || got.status != http.StatusOK {
			h.tb.Fatalf("a good client gets %d, %v", got.status, err)
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return latency{len(all), all[len(all)/2], all[len(all)*99/100]}
}

// offenders are clients that misbehave for a while.
type offenders struct {
	address    string
	until      time.Time
	departures atomic.Int64

	wg     sync.WaitGroup
	mu     sync.Mutex
	failed error
}

func (o *offenders) Go(do func() error) {
	o.wg.Go(func() {
		if err := do(); err != nil {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.failed = errors.Join(o.failed, err)
		}
	})
}

func (o *offenders) Wait() { o.wg.Wait() }

// dial makes a connection that is left without a word when it is closed.
func (o *offenders) dial() (*net.TCPConn, error) {
	conn, err := net.Dial("tcp", o.address)
	if err != nil {
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	return tcp, tcp.SetLinger(0)
}

func (o *offenders) readSlowly(page []byte) error {
	conn, err := o.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadBuffer(4 << 10); err != nil { // a page does not fit into it
		return err
	}
	if _, err := conn.Write(page); err != nil {
		return err
	}
	for one := make([]byte, 1); time.Now().Before(o.until); time.Sleep(betweenBytes) {
		if _, err := conn.Read(one); err != nil {
			return nil // the hub may cut who reads nothing
		}
	}
	return nil
}

func (o *offenders) sendSlowly(envelope []byte) error {
	conn, err := o.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	sent := len(envelope) / 2
	if _, err := conn.Write(envelope[:sent]); err != nil {
		return err
	}
	for ; time.Now().Before(o.until) && sent < len(envelope); sent++ {
		if _, err := conn.Write(envelope[sent : sent+1]); err != nil {
			return nil // the hub may cut who sends nothing
		}
		time.Sleep(betweenBytes)
	}
	return nil
}

func (o *offenders) vanish(i int, page, envelope []byte) error {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	for time.Now().Before(o.until) {
		conn, err := o.dial()
		if err != nil {
			return err
		}
		if r.IntN(2) == 0 {
			_, err = conn.Write(envelope[:r.IntN(len(envelope))])
		} else if _, err = conn.Write(page); err == nil {
			_, err = io.CopyN(io.Discard, conn, 1+r.Int64N(500_000))
		}
		if err = errors.Join(err, conn.Close()); err != nil {
			return err
		}
		o.departures.Add(1)
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}
