package edge_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// The set finds what is worth asking for, and only what the hub then names
// counts: not the neighbours of a value, and not what has the same fingerprint.
func TestBootstrapNamesWhatWasSeen(t *testing.T) {
	sha := strings.Repeat("ab", 32)
	for name, tt := range map[string]struct {
		show  []string
		hits  []watch.Hit
		waits []bool
		found []string
		open  []int
	}{
		"a domain":           {show: []string{"evil.example"}, waits: []bool{true}, found: []string{"evil.example f0"}},
		"only as it is":      {show: []string{"notevil.example", "sub.evil.example", "evil.example.good.example"}},
		"two of three":       {show: []string{"good.example", "evil.example", sha}, waits: []bool{false, true, true}, found: []string{"evil.example f1", sha + " f2"}},
		"an address":         {show: []string{"192.0.2.1", "192.0.2.2"}, waits: []bool{true, false}, found: []string{"192.0.2.1 f0"}},
		"what is around":     {show: []string{"198.51.100.77", "198.51.101.1"}, waits: []bool{true, false}, found: []string{"198.51.100.0/24 f0"}},
		"around, version 6":  {show: []string{"2001:db8:1::5", "2001:db8:2::5"}, waits: []bool{true, false}, found: []string{"2001:db8:1::/48 f0"}},
		"the same twice":     {show: []string{"evil.example", "evil.example"}, waits: []bool{true, true}, found: []string{"evil.example f0", "evil.example f1"}},
		"it has hit already": {show: []string{"evil.example"}, hits: []watch.Hit{{Indicator: match.Indicator{Value: observable.Value{Type: observable.Domain, Text: "evil.example"}}}}},
		"withdrawn since":    {show: []string{"gone.example"}, waits: []bool{true}, open: []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &namer{values: values(t, "evil.example", "192.0.2.1", "198.51.100.0/24", "2001:db8:1::/48", sha, "gone.example")}
				_, a, heard := bootstrapped(t, n)
				n.set(func() {
					n.values = n.values[:len(n.values)-1]
					n.others = []client.Named{{ID: "another", Value: observable.Value{Type: observable.Domain, Text: "good.example"}}}
				})
				waits := slices.Clone(a.Ask(shown(t, tt.show...), 7, tt.hits))
				if diff := cmp.Diff(tt.waits, waits); diff != "" {
					t.Errorf("waits: %s", diff)
				}
				synctest.Wait()
				all := heard.list()
				if (tt.waits == nil) != (len(all) == 0) || len(all) > 1 {
					t.Fatalf("%d answers: %+v", len(all), all)
				}
				if len(all) == 1 {
					if diff := cmp.Diff(tt.found, found(all[0])) + cmp.Diff(tt.open, all[0].Open); diff != "" || all[0].Ref != 7 || !all[0].Event.Time.Equal(day) {
						t.Errorf("%+v: %s", all[0], diff)
					}
				}
			})
		})
	}
}

// A hub that is away holds nobody up: what waits is bounded, ends as open, and
// what was left out is counted.
func TestBootstrapWithoutTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &namer{values: values(t, "evil.example", "bad.example")}
		b, a, heard := bootstrapped(t, n)
		n.set(func() { n.away = errors.New("no route to the hub") })
		began := time.Now()
		const most = 4096
		for i := range most + 10 {
			if waits := a.Ask(shown(t, "evil.example"), uint64(i), nil); (waits == nil) != (i >= most) {
				t.Fatalf("event %d waits: %v", i, waits)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("to ask took %s", took)
		}
		if s := b.Stats(); s.Waiting != most || s.Full != 10 {
			t.Errorf("%+v", s)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		all := heard.list()
		for i, one := range all {
			if one.Ref != uint64(i) || len(one.Hits) > 0 || !slices.Equal(one.Open, []int{0}) {
				t.Fatalf("answer %d: %+v", i, one)
			}
		}
		if s := b.Stats(); len(all) != most || s.Waiting != 0 || s.Late != most {
			t.Errorf("%d answers, %+v", len(all), s)
		}
		n.set(func() { n.away = nil })
		a.Ask(shown(t, "bad.example"), 5000, nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if all = heard.list(); len(all) != most+1 || len(all[most].Hits) != 1 {
			t.Errorf("after the hub is back: %d answers", len(all))
		}
	})
}

// Few events may wait if they are long.
func TestBootstrapOfLongEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &namer{values: values(t, "evil.example"), pace: time.Second}
		b, a, heard := bootstrapped(t, n)
		long := shown(t, "evil.example")
		long.Observables[0].Raw = strings.Repeat("x", 1<<20)
		for range 3 { // what was told makes room again
			waiting := 0
			for i := range 20 {
				if a.Ask(long, uint64(i), nil) != nil {
					waiting++
				}
			}
			if waiting != 15 {
				t.Fatalf("%d events of a megabyte wait, want 15", waiting)
			}
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			if b.Stats().Waiting != 0 {
				t.Fatalf("%+v, %d answers", b.Stats(), len(heard.list()))
			}
		}
	})
}

// A value that is seen over and over is asked for once a minute.
func TestBootstrapRemembersAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &namer{values: values(t, "evil.example"), pace: time.Second}
		_, a, heard := bootstrapped(t, n)
		for i := range 300 {
			a.Ask(shown(t, "evil.example"), uint64(i), nil)
			time.Sleep(time.Second)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := len(heard.list()); got != 300 || n.asked < 4 || n.asked > 6 {
			t.Errorf("%d answers, %d were asked for in five minutes", got, n.asked)
		}
	})
}

// refusal is what a hub says that knows of no sets.
func refusal(t *testing.T) error {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"status":404,"detail":"no such operation"}`)
	}))
	defer server.Close()
	c, err := client.New(server.URL, "token")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.IndicatorSet(t.Context(), "")
	if problem, ok := errors.AsType[*client.Problem](err); !ok || !problem.Final() {
		t.Fatalf("an older hub's answer: %v", err)
	}
	return err
}

// When the stream has caught up, and when the hub has no sets, what waits is
// told and nothing is asked any more.
func TestBootstrapEnds(t *testing.T) {
	none := refusal(t)
	for name, end := range map[string]func(*edge.Bootstrap, *namer){
		"caught up": func(b *edge.Bootstrap, _ *namer) { b.Drop() },
		"refused": func(_ *edge.Bootstrap, n *namer) {
			n.set(func() { n.away = none })
			time.Sleep(6 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &namer{values: values(t, "evil.example"), pace: time.Second}
				b, a, heard := bootstrapped(t, n)
				a.Ask(shown(t, "evil.example"), 1, nil)
				end(b, n)
				synctest.Wait()
				if all := heard.list(); len(all) != 1 {
					t.Fatalf("%+v", all)
				}
				if waits := a.Ask(shown(t, "evil.example"), 2, nil); waits != nil || b.Stats().Fingerprints != 0 {
					t.Errorf("after the end: %v, %+v", waits, b.Stats())
				}
				time.Sleep(time.Hour)
				if got := len(heard.list()); got != 1 {
					t.Errorf("%d answers", got)
				}
			})
		})
	}
}

// A set that cannot be had leaves the one before in force; none is asked of a
// hub whose stream is quick.
func TestBootstrapFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &namer{values: values(t, "evil.example"), away: hashset.ErrInvalid}
		b, a, _ := bootstrapped(t, n)
		if a.Ask(shown(t, "evil.example"), 1, nil) != nil || n.sets == 0 {
			t.Errorf("without a set it is asked, or after %d tries", n.sets)
		}
		n.set(func() { n.away = nil })
		if err := b.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.set(func() { n.values = values(t, "evil.example", "late.example") })
		time.Sleep(6 * time.Minute)
		n.set(func() { n.away = hashset.ErrInvalid })
		time.Sleep(6 * time.Minute)
		if a.Ask(shown(t, "late.example"), 1, nil) == nil || b.Stats().Fingerprints != 2 {
			t.Errorf("what came since is not in the set: %+v", b.Stats())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		n := &namer{values: values(t, "evil.example")}
		b := edge.NewBootstrap(edge.BootstrapConfig{Hub: n, Logger: slog.New(slog.DiscardHandler)})
		time.AfterFunc(time.Second/2, b.Drop)
		b.Run(t.Context())
		if n.sets != 0 || b.Ready(t.Context()) != nil {
			t.Errorf("%d sets were fetched", n.sets)
		}
	})
}

// However the hub comes and goes, each event that waits is told once, and each
// observable that waited is either named, and then rightly, or open.
func TestBootstrapTellsEachEventOnce(t *testing.T) {
	texts := []string{"evil.example", "good.example", "192.0.2.1", "198.51.100.7", "198.51.100.8", "sub.evil.example"}
	indicators := values(t, "evil.example", "192.0.2.1", "198.51.100.0/24", "198.51.100.7")
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 60).Draw(rt, "steps")
		picks := rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(texts), 1, 4), len(steps), len(steps)).Draw(rt, "shown")
		synctest.Test(t, func(t *testing.T) {
			n := &namer{values: indicators, pace: 700 * time.Millisecond}
			b, a, heard := bootstrapped(t, n)
			waiting := map[uint64][]bool{}
			for i, step := range steps {
				switch step {
				case 0:
					n.set(func() { n.away = errors.New("away") })
				case 1:
					n.set(func() { n.away = nil })
				case 2, 3:
					time.Sleep(time.Duration(step) * time.Second)
				default:
					waits := slices.Clone(a.Ask(shown(t, picks[i]...), uint64(i), nil))
					for j, text := range picks[i] {
						if worth := text != "good.example" && text != "sub.evil.example"; worth != (waits != nil && waits[j]) {
							t.Fatalf("%s of %v waits: %v", text, picks[i], waits)
						}
					}
					if waits != nil {
						waiting[uint64(i)] = waits
					}
				}
			}
			b.Drop()
			synctest.Wait()
			for _, one := range heard.list() {
				waits, ok := waiting[one.Ref]
				if !ok {
					t.Fatalf("event %d is told twice, or did not wait", one.Ref)
				}
				delete(waiting, one.Ref)
				holdAnswer(t, one, picks[one.Ref], waits)
			}
			if len(waiting) > 0 {
				t.Fatalf("never told: %v", waiting)
			}
		})
	})
}

func holdAnswer(t *testing.T, one edge.Answer, shown []string, waits []bool) {
	for i, text := range shown {
		field := fmt.Sprint("f", i)
		named := slices.ContainsFunc(one.Hits, func(h watch.Hit) bool { return h.Field == field })
		if waits[i] != (named != slices.Contains(one.Open, i)) {
			t.Fatalf("%s waits: %v, is named: %v, is open: %v", text, waits[i], named, one.Open)
		}
		for _, h := range one.Hits {
			if around, _ := h.Indicator.Prefix(); h.Field == field && h.Indicator.Text != text && !around.Contains(addressOf(text)) {
				t.Fatalf("%s is said to be %s", text, h.Indicator.Text)
			}
		}
	}
}

func addressOf(text string) netip.Addr {
	a, _ := netip.ParseAddr(text)
	return a
}
