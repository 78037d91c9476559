package match_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// eachOf is what Each says of every value.
func eachOf(x *match.Index, values []observable.Value) [][]match.Indicator {
	all := make([][]match.Indicator, len(values))
	x.Each(values, func(i int, ind match.Indicator) bool {
		all[i] = append(all[i], ind)
		return true
	})
	for i := range all {
		all[i] = sorted(all[i])
	}
	return all
}

// Whatever was added, removed, forgotten, written as a snapshot and opened
// again, also in the middle of it and when it failed, the index says what the
// judge says.
func TestLayersAgainstJudge(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		path := filepath.Join(folder, fmt.Sprint("snapshot", pick(3)))
		var held []match.Indicator
		draw := func() match.Indicator {
			v := few(pick)
			if pick(20) == 0 {
				v = observable.Value{Type: observable.Domain, Text: "example"} // one label
			}
			return match.Indicator{ID: []string{"", "one", v.Text, "indicator--00000000-0000-4000-8000-000000000001"}[pick(4)], Value: v, Subdomains: v.Type == observable.Domain && pick(2) == 0}
		}
		x := match.New()
		if pick(2) == 0 {
			for range pick(30) {
				if ind := draw(); !slices.Contains(held, ind) {
					held = append(held, ind)
				}
			}
			twice := append(slices.Clone(held), held...)
			built, err := match.Build(path, slices.Values(twice))
			if err != nil || built.Indicators != int64(len(held)) {
				t.Fatalf("built %+v of %d, %v", built, len(held), err)
			}
			if x, err = match.Open(path); err != nil {
				t.Fatal(err)
			}
		}
		frozen, exact := false, true // exact: Len is
		ever := map[observable.Value]bool{}
		for _, ind := range held {
			ever[ind.Value] = true
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			ind := draw()
			at := slices.Index(held, ind)
			switch what := pick(24); {
			case what < 12:
				x.Add(ind)
				if at < 0 {
					held = append(held, ind)
				}
			case what < 18:
				x.Remove(ind)
				if at >= 0 {
					held = slices.Delete(held, at, at+1)
				}
			case what < 20:
				x.Forget(ind.ID)
				held = slices.DeleteFunc(held, func(other match.Indicator) bool { return other.ID == ind.ID })
				exact = false
			case frozen && what < 22:
				x.Thaw()
				frozen = false
			case frozen:
				if err := x.Finish(path); err != nil {
					t.Fatal(err)
				}
				frozen = false
			case what == 20:
				x.Freeze()
				frozen = true
			case what == 21:
				if err := x.Compact(filepath.Join(folder, "absent", "x")); err == nil {
					t.Fatal("written to a folder that is not there")
				}
			default:
				if err := x.Compact(path); err != nil {
					t.Fatal(err)
				}
				exact = true
				if pick(2) == 0 {
					var err error
					if x, err = match.Open(path); err != nil {
						t.Fatal(err)
					}
				}
			}
			ever[ind.Value] = true
			asked := append(slices.Collect(maps.Keys(ever)), few(pick), few(pick))
			for i, got := range eachOf(x, asked) {
				if want := want(held, asked[i]); !slices.Equal(want, got) || !slices.Equal(got, gotAll(x, asked[i])) {
					t.Fatalf("%v of %v: %s", asked[i], held, cmp.Diff(want, got))
				}
			}
			if n := x.Len(); n < len(held) || exact && n != len(held) {
				t.Fatalf("Len is %d of %d", n, len(held))
			}
		}
		if !frozen {
			if err := x.Compact(path); err != nil || x.Len() != len(held) || x.Check() != nil {
				t.Fatalf("%d of %d at the end, %v", x.Len(), len(held), err)
			}
		}
	})
}

func gotAll(x *match.Index, v observable.Value) []match.Indicator { return got(x, v) }

// Each stops in the middle of a value and of many.
func TestEachStopsWhenTold(t *testing.T) {
	x := match.New()
	var values []observable.Value
	for i := range 40 {
		v := value(t, fmt.Sprintf("evil%d.example", i))
		values = append(values, v)
		x.Add(match.Indicator{ID: "1", Value: v}, match.Indicator{ID: "2", Value: v})
	}
	for stop := 1; stop <= 80; stop++ {
		calls, last := 0, 0
		x.Each(values, func(i int, ind match.Indicator) bool {
			if ind.Value != values[i] {
				t.Errorf("%v is said of %v", ind, values[i])
			}
			calls++
			last = i
			return calls < stop
		})
		if calls != stop || last != (stop-1)/2 {
			t.Errorf("%d calls up to value %d, told to stop after %d", calls, last, stop)
		}
	}
}

// A name of very many labels is looked up whole, and costs memory at most.
func TestManyLabels(t *testing.T) {
	x := match.New()
	x.Add(match.Indicator{ID: "top", Value: observable.Value{Type: observable.Domain, Text: "a"}, Subdomains: true})
	long := observable.Value{Type: observable.Domain, Text: "a"}
	for range 126 {
		long.Text = "a." + long.Text
	}
	values := slices.Repeat([]observable.Value{long}, 50)
	for i, got := range eachOf(x, values) {
		if len(got) != 1 {
			t.Errorf("value %d: %v", i, got)
		}
	}
}

func TestEntryRoundTrip(t *testing.T) {
	n, agree := match.Codes()
	for i := 1; i < n; i++ {
		if !agree(i) {
			t.Errorf("the number %d does not come back", i)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]observable.Type{observable.Domain, observable.URL, observable.MD5, observable.SHA512, observable.JA3, observable.Mutex, "another", ""}).Draw(t, "type")
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9a-f]*`), rapid.StringMatching(`[0-9a-fA-F]{32}`)).Draw(t, "text")
		id := rapid.OneOf(rapid.String(), rapid.Just(text), rapid.StringMatching(`indicator--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), rapid.StringMatching(`indicator--[0-9a-fA-F-]{36}`)).Draw(t, "id")
		ind := match.Indicator{ID: id, Value: observable.Value{Type: kind, Text: text}, Subdomains: rapid.Bool().Draw(t, "subdomains")}
		b := match.Entry(ind)
		got, size, ok := match.Split(append(b, "more"...))
		if !ok || got != ind || size != len(b) {
			t.Fatalf("%+v is read as %+v, %d of %d bytes, %v", ind, got, size, len(b), ok)
		}
		for cut := range b {
			if _, size, ok := match.Split(b[:cut]); ok && size > cut {
				t.Fatalf("cut at %d it has %d bytes", cut, size)
			}
		}
	})
}

// Any bytes are an entry or none.
func FuzzSplit(f *testing.F) {
	f.Add(match.Entry(match.Indicator{ID: "indicator--00000000-0000-4000-8000-000000000001", Value: observable.Value{Type: observable.SHA256, Text: "00ff"}}))
	f.Add(match.Entry(match.Indicator{ID: "x", Value: observable.Value{Type: "other", Text: "x"}, Subdomains: true}))
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		ind, size, ok := match.Split(b)
		if !ok {
			return
		}
		if size < 2 || size > len(b) {
			t.Fatalf("%d of %d bytes", size, len(b))
		}
		if again, _, ok := match.Split(match.Entry(ind)); ind.Type != "" && (!ok || again != ind) {
			t.Fatalf("%+v is written as %+v", ind, again)
		}
	})
}
