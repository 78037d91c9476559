package outbreak_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func TestUnreadableEntries(t *testing.T) {
	s := outbreak.NewState(outbreak.Config{})
	for _, e := range []ledger.Entry{
		{Seq: 7, Kind: sighting.KindReported, Body: []byte("{")},
		{Seq: 7, Kind: outbreak.KindRaised, Body: []byte(`{"id":3}`)},
		{Seq: 7, Kind: outbreak.KindGrown, Body: []byte(`{}`)},
	} {
		if err := s.Apply(e); err == nil || !strings.HasPrefix(err.Error(), "fold ") {
			t.Errorf("%s %s: error %v", e.Kind, e.Body, err)
		}
	}
	if err := s.Apply(ledger.Entry{Kind: "something.else", Body: []byte("{")}); err != nil {
		t.Errorf("another package's entry: %v", err)
	}
}

func TestReadersAndWritersTogether(t *testing.T) {
	k := newDesk(t)
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				for _, o := range k.state.List() {
					k.state.Get(o.ID)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for p := range 50 {
		k.scans(p, 3, 445, minute(float64(p)))
		k.decide(minute(60))
	}
	close(done)
	readers.Wait()
}

func FuzzApply(f *testing.F) {
	folded := []ledger.Kind{sighting.KindReported, outbreak.KindRaised, outbreak.KindGrown, outbreak.KindMerged, outbreak.KindEnded, outbreak.KindWord, contribution.KindAccepted}
	f.Add(`{"id":"r","sector":"energy","country":"NZ","scans":[{"port":445,"sources":3,"contacts":9,"first_seen":"0000-01-01T00:00:00Z","last_seen":"9999-12-31T23:59:59Z"}]}`, uint8(0))
	f.Add(`{"id":"r","designated":true,"encryptions":[{"extension":".x","note":"y","hosts":-3}],"scans":[{"port":1,"direction":"in","fresh":9,"dark":-9,"last_seen":"2017-05-12T12:00:00Z"}],"sightings":[{"type":"domain-name","value":"a.example","basis":"indicator","count":-1,"of":"indicator--1","last_seen":"2017-05-12T12:00:00Z"}]}`, uint8(0))
	f.Add(`{"id":"outbreak--x","port":445,"partners":["b","a"],"first_seen":"0000-01-01T00:00:00Z"}`, uint8(1))
	f.Add(`{"id":"outbreak--x","into":"outbreak--x","status":"merged","about":[{"kind":"scans","port":2},{"kind":"scans","port":1}]}`, uint8(3))
	f.Add(`{"id":"outbreak--x","status":"ended","false_alarm":true,"about":[{"kind":"scans","port":2}]}`, uint8(4))
	f.Add(`{"id":"warning--x","port":445,"designated":true,"at":"2017-05-12T12:00:00Z","values":[{"type":"domain-name","value":"a.example"}]}`, uint8(5))
	f.Add(`{"id":"c","objects":[{"type":"relationship","relationship_type":"indicates","source_ref":"indicator--1","target_ref":"campaign--1"}]}`, uint8(6))
	f.Fuzz(func(t *testing.T, body string, kind uint8) {
		s := outbreak.NewState(outbreak.Config{})
		for p := range 3 {
			// An outbreak that there is, and then whatever comes.
			for seq, e := range []ledger.Entry{
				{Kind: outbreak.KindRaised, Body: []byte(`{"id":"outbreak--x","about":[{"kind":"scans","port":445}]}`)},
				{Kind: folded[int(kind)%len(folded)], Actor: fmt.Sprint(p), Audience: "green default", Body: []byte(body)},
			} {
				e.Seq, e.Time = ledger.Seq(2*p+seq+1), noon
				if err := s.Apply(e); err != nil {
					return
				}
			}
		}
		for _, now := range []time.Time{noon, noon.AddDate(0, 0, 9)} {
			for _, d := range s.Pending(now) {
				if err := s.Apply(ledger.Entry{Seq: 9, Time: now, Kind: d.Kind, Body: d.Body}); err != nil {
					t.Fatalf("its own draft: %v", err)
				}
			}
		}
		s.List()
	})
}
