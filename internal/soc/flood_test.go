package soc_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/soc"
)

// receiver is a SOC that can be read while it is written to, and be away.
type receiver struct {
	mu   sync.Mutex
	text strings.Builder
	away bool
}

func (r *receiver) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away {
		return 0, errors.New("the SOC is away")
	}
	return r.text.Write(p)
}

func (r *receiver) goAway(away bool) {
	r.mu.Lock()
	r.away = away
	r.mu.Unlock()
}

type told struct {
	Value     string `json:"value"`
	Source    string `json:"source"`
	Indicator string `json:"indicator"`
	Count     uint64 `json:"count"`
	Window    int    `json:"window_seconds"`
	Action    string `json:"action"`
	First     string `json:"first_seen"`
	Timestamp string `json:"timestamp"`
}

func (r *receiver) records(t *testing.T) (records []told) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for line := range strings.Lines(r.text.String()) {
		var one told
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		records = append(records, one)
	}
	return records
}

func send(t *testing.T, s soc.Sink, a soc.Alert) {
	t.Helper()
	if err := s.Send(a); err != nil {
		t.Fatal(err)
	}
}

// A worm's hits are one record at once and one a window, with their number;
// other hosts and indicators are told apart from it.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		s, err := soc.Open("json:-", soc.Options{Stdout: r})
		if err != nil {
			t.Fatal(err)
		}
		a := hit()
		for i := range 4312 {
			a.Time = seenAt.Add(time.Duration(i) * time.Millisecond)
			send(t, s, a)
		}
		other := a
		other.Source = netip.MustParseAddr("192.0.2.8")
		send(t, s, other)
		other = a
		other.Indicator.ID = "indicator--2"
		send(t, s, other)
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if got := r.records(t); len(got) != 3 || got[0].Count != 1 || got[0].Window != 0 {
			t.Fatalf("within the window: %+v", got)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		got := r.records(t)
		if len(got) != 4 || got[3].Count != 4311 || got[3].Window < 60 || got[3].Window > 62 || got[3].Source != "192.0.2.7" ||
			got[3].First != "2017-05-12T07:24:03.124456Z" || got[3].Timestamp != "2017-05-12T07:24:07.434456Z" {
			t.Fatalf("at its end: %+v", got)
		}
		send(t, s, a) // in the next window
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := r.records(t); len(got) != 5 || got[4].Count != 1 || got[4].Window == 0 {
			t.Fatalf("at the end of the next: %+v", got)
		}
		send(t, s, a) // after a quiet window
		synctest.Wait()
		if got := r.records(t); len(got) != 6 || got[5].Window != 0 {
			t.Fatalf("after quiet: %+v", got)
		}
		send(t, s, a)
		if err := s.Close(); err != nil { // tells what is gathered
			t.Fatal(err)
		}
		if got := r.records(t); len(got) != 7 || got[6].Count != 1 {
			t.Fatalf("after closing: %+v", got)
		}
		if st := s.Stats(); st.Hits != 4317 || st.Told != 4317 || st.Records != 7 || st.Dropped+st.Waiting != 0 {
			t.Errorf("%+v", st)
		}
		if err := s.Send(a); !errors.Is(err, soc.ErrClosed) {
			t.Errorf("after closing: %v", err)
		}
	})
}

// More groups than there is room for are gathered by indicator, and beyond that
// dropped; every hit is told or counted.
func TestTooManyGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		s, err := soc.Open("json:-", soc.Options{Stdout: r, Groups: 10, Queue: 1000})
		if err != nil {
			t.Fatal(err)
		}
		a := hit()
		for i := range 100 {
			a.Source = netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
			send(t, s, a)
		}
		dropped := 0
		for i := range 100 {
			a.Indicator.ID = fmt.Sprintf("indicator--%d", i)
			if err := s.Send(a); errors.Is(err, soc.ErrFull) {
				dropped++
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, one := range r.records(t) {
			sum += int(one.Count)
		}
		if st := s.Stats(); dropped != 91 || sum+dropped != 200 || int(st.Dropped) != dropped || int(st.Told) != sum {
			t.Errorf("%d told and %d dropped: %+v", sum, dropped, st)
		}
	})
}

// While the SOC is away alerts wait, then are dropped and counted, and nobody
// waits for it; when it is back, what waited is told.
func TestAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{away: true}
		s, err := soc.Open("json:-", soc.Options{Stdout: r, Queue: 10, Window: -1})
		if err != nil {
			t.Fatal(err)
		}
		began, full := time.Now(), 0
		a := hit()
		for range 200 {
			if err := s.Send(a); errors.Is(err, soc.ErrFull) {
				full++
			}
			synctest.Wait()
		}
		if time.Since(began) != 0 {
			t.Error("sending waited")
		}
		if st := s.Stats(); !st.Away || st.Told != 0 || full < 100 || int(st.Dropped) != full || int(st.Waiting) != 200-full {
			t.Fatalf("away: %+v, %d refused", st, full)
		}
		time.Sleep(10 * time.Minute)
		r.goAway(false)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if st := s.Stats(); st.Away || int(st.Told) != 200-full || st.Waiting != 0 {
			t.Errorf("back: %+v", st)
		}
		r.goAway(true)
		send(t, s, a)
		err = s.Close()
		if err == nil || !strings.Contains(err.Error(), "1 hits were not told") || !strings.Contains(err.Error(), "the SOC is away") {
			t.Errorf("closing while it is away: %v", err)
		}
	})
}

// An alert's strings are a reader's, who uses their bytes again.
func TestStringsAreNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{away: true}
		s, err := soc.Open("json:-", soc.Options{Stdout: r})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			buffer := []byte("evil.example")
			a := hit()
			a.Text = alias(buffer)
			send(t, s, a)
			copy(buffer, "good")
		}
		r.goAway(false)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for _, one := range r.records(t) {
			if one.Value != "evil.example" {
				t.Errorf("told: %s", one.Value)
			}
		}
	})
}
