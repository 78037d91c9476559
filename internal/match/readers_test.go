package match_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// While a writer adds and removes, readers always find what stays, and never
// what was never there.
func TestReadersDuringChanges(t *testing.T) {
	x := match.New()
	path := filepath.Join(t.TempDir(), "snapshot")
	stays := make([]match.Indicator, 500)
	for i := range stays {
		stays[i] = match.Indicator{ID: "stays", Value: observable.Value{Type: observable.Domain, Text: fmt.Sprintf("stays%d.example", i)}, Subdomains: true}
		if i%5 == 0 {
			stays[i] = match.Indicator{ID: "stays", Value: observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("10.%d.%d.0/24", i/250, i%250)}}
		}
	}
	x.Add(stays...)
	var done atomic.Bool
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(r), 9))
			for !done.Load() {
				ind := stays[rng.IntN(len(stays))]
				v := ind.Value
				if v.Type == observable.Domain {
					v.Text = "x." + v.Text
				} else {
					v.Text = strings.Replace(v.Text, ".0/24", ".9", 1)
				}
				if found, ok := x.Match(v); !ok || found != ind {
					t.Errorf("%v is %v, %v during changes", v, found, ok)
					return
				}
				never := observable.Value{Type: observable.Domain, Text: fmt.Sprintf("never%d.example", rng.IntN(1000))}
				if found, ok := x.Match(never); ok {
					t.Errorf("%v matches %v", never, found)
					return
				}
				hits := 0
				x.Each([]observable.Value{never, v, never, v}, func(i int, found match.Indicator) bool {
					if found == ind && i%2 == 1 {
						hits++
					}
					return true
				})
				if hits != 2 {
					t.Errorf("%v is found %d times of 2 during changes", v, hits)
					return
				}
			}
		})
	}
	// All the while the index is compacted.
	readers.Go(func() {
		for !done.Load() {
			if err := x.Compact(path); err != nil {
				t.Error(err)
				return
			}
		}
	})
	rng := rand.New(rand.NewPCG(1, 1))
	for round := range 60 {
		batch := make([]match.Indicator, 1+rng.IntN(600))
		for i := range batch {
			text := fmt.Sprintf("comes%d-%d.example", round, i)
			batch[i] = match.Indicator{ID: text, Value: observable.Value{Type: observable.Domain, Text: text}}
			if i%3 == 0 {
				batch[i] = match.Indicator{ID: text, Value: observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("10.77.%d.%d/31", i>>7&255, i&127*2)}}
			}
		}
		x.Add(batch...)
		for _, ind := range batch {
			if _, ok := x.Match(ind.Value); !ok {
				t.Fatalf("%v is not there after Add", ind)
			}
		}
		if round%2 == 0 {
			x.Remove(batch...)
			continue
		}
		for _, ind := range batch {
			x.Forget(ind.ID)
		}
		for _, ind := range batch {
			if found, ok := x.Match(ind.Value); ok {
				t.Fatalf("%v is %v after Forget", ind, found)
			}
		}
	}
	done.Store(true)
	readers.Wait()
	if err := x.Compact(path); err != nil {
		t.Fatal(err)
	}
	if x.Len() != len(stays) {
		t.Errorf("%d indicators are left, want %d", x.Len(), len(stays))
	}
}
