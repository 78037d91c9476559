package match_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

func value(t *testing.T, text string) observable.Value {
	t.Helper()
	v, err := observable.Infer(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func ids(x *match.Index, v observable.Value) (found []string) {
	x.All(v, func(ind match.Indicator) bool {
		found = append(found, ind.ID)
		return true
	})
	return found
}

func TestAll(t *testing.T) {
	x := match.New()
	for _, ind := range []struct {
		id, text   string
		subdomains bool
	}{
		{"exact", "evil.example", false},
		{"wide", "evil.example", true},
		{"narrow", "www.evil.example", true},
		{"other", "b.example", true},
		{"address", "192.0.2.7", false},
		{"24", "192.0.2.0/24", false},
		{"16", "192.0.0.0/16", false},
		{"again 24", "192.0.2.0/24", false},
		{"six", "2001:db8:1::/48", false},
		{"six one", "2001:db8:1::5", false},
		{"url", "http://evil.example/x", false},
		{"hash", "00000000000000000000000000000000000000000000000000000000000000aa", false},
		{"md5", "000000000000000000000000000000aa", false},
	} {
		x.Add(match.Indicator{ID: ind.id, Value: value(t, ind.text), Subdomains: ind.subdomains})
	}
	if x.Len() != 13 {
		t.Errorf("%d indicators, want 13", x.Len())
	}
	tests := []struct {
		text string
		want []string
	}{
		{"evil.example", []string{"exact", "wide"}},
		{"a.evil.example", []string{"wide"}},
		{"a.b.evil.example", []string{"wide"}},
		{"www.evil.example", []string{"narrow", "wide"}},
		{"x.www.evil.example", []string{"narrow", "wide"}},
		{"notevil.example", nil},
		{"evil.example.good.example", nil},
		{"vil.example", nil},
		{"evil.examples", nil},
		{"ab.example", nil},
		{"a.b.example", []string{"other"}},
		{"192.0.2.7", []string{"address", "24", "again 24", "16"}},
		{"192.0.2.8", []string{"24", "again 24", "16"}},
		{"192.0.3.7", []string{"16"}},
		{"::ffff:192.0.3.7", []string{"16"}},
		{"192.1.2.7", nil},
		{"192.0.2.0/25", []string{"24", "again 24", "16"}},
		{"192.0.2.0/24", []string{"24", "again 24", "16"}},
		{"192.0.0.0/15", nil},
		{"2001:db8:1::5", []string{"six one", "six"}},
		{"2001:db8:1:ffff::", []string{"six"}},
		{"2001:db8:2::", nil},
		{"http://EVIL.example:80/x#y", []string{"url"}},
		{"http://evil.example/", nil}, // its host is a value of its own
		{"http://evil.example/x/", nil},
		{"http://evil.example/X", nil},
		{"https://evil.example/x", nil},
		{"00000000000000000000000000000000000000000000000000000000000000AA", []string{"hash"}},
		{"000000000000000000000000000000AA", []string{"md5"}},
		{"00000000000000000000000000000000000000aa", nil},
	}
	for _, test := range tests {
		v := value(t, test.text)
		got := ids(x, v)
		if len(test.want) == 2 && test.want[0] == "exact" {
			slices.Sort(got) // indicators of one value have no order
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.text, diff)
		}
		first, ok := x.Match(v)
		if ok != (len(test.want) > 0) || ok && !slices.Contains(test.want, first.ID) {
			t.Errorf("Match(%s) = %v, %v", test.text, first, ok)
		}
	}
}

func TestAllStopsWhenTold(t *testing.T) {
	x := match.New()
	for _, text := range []string{"a.b.example", "b.example", "192.0.2.1", "192.0.2.0/24", "192.0.0.0/16"} {
		x.Add(match.Indicator{ID: text, Value: value(t, text), Subdomains: true}, match.Indicator{ID: "2", Value: value(t, text), Subdomains: true})
	}
	for _, text := range []string{"a.b.example", "c.b.example", "192.0.2.1", "192.0.2.2"} {
		all := len(ids(x, value(t, text)))
		for stop := 1; stop <= all; stop++ {
			calls := 0
			x.All(value(t, text), func(match.Indicator) bool { calls++; return calls < stop })
			if calls != stop {
				t.Errorf("%s: %d calls, told to stop after %d of %d", text, calls, stop, all)
			}
		}
	}
}

func TestAddTwiceAndRemove(t *testing.T) {
	for _, text := range []string{"evil.example", "192.0.2.0/24"} {
		x := match.New()
		one := match.Indicator{ID: "one", Value: value(t, text)}
		two := match.Indicator{ID: "two", Value: value(t, text)}
		x.Add(one, two, one)
		x.Add(one)
		if x.Len() != 2 || len(ids(x, one.Value)) != 2 {
			t.Errorf("%s: %d indicators, %v", text, x.Len(), ids(x, one.Value))
		}
		x.Remove(match.Indicator{Value: one.Value}, match.Indicator{ID: "one", Value: one.Value, Subdomains: true})
		if x.Len() != 2 {
			t.Errorf("%s: what only looks alike was removed", text)
		}
		x.Remove(one, one)
		if diff := cmp.Diff([]string{"two"}, ids(x, one.Value)); x.Len() != 1 || diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		x.Remove(two)
		if _, ok := x.Match(one.Value); ok || x.Len() != 0 {
			t.Errorf("%s is still there", text)
		}
		x.Add(one)
		if got, ok := x.Match(one.Value); !ok || got != one {
			t.Errorf("%s: added again it is %v, %v", text, got, ok)
		}
	}
}

// What the index has no number for is matched all the same: a newer hub may
// know more types than this edge.
func TestUnknownType(t *testing.T) {
	x := match.New()
	ind := match.Indicator{ID: "m", Value: observable.Value{Type: "mutex", Text: "Global\\x"}}
	x.Add(ind)
	if got, ok := x.Match(ind.Value); !ok || got != ind {
		t.Errorf("%v, %v", got, ok)
	}
	if _, ok := x.Match(observable.Value{Type: "mute", Text: "x\x00Global\\x"}); ok {
		t.Error("another type matches")
	}
}

// Entries of every length come back as they went in.
func TestLongValues(t *testing.T) {
	x := match.New()
	var all []match.Indicator
	for n := 1; n < 3<<20; n = n*3 + 1 {
		text := "http://evil.example/" + string(slices.Repeat([]byte{'a'}, n))
		all = append(all, match.Indicator{ID: text, Value: observable.Value{Type: observable.URL, Text: text}},
			match.Indicator{ID: "id", Value: observable.Value{Type: observable.URL, Text: text}})
	}
	for _, ind := range all {
		x.Add(ind)
	}
	for _, ind := range all {
		if got := ids(x, ind.Value); len(got) != 2 || !slices.Contains(got, ind.ID) {
			t.Errorf("a value of %d bytes is not found", len(ind.Text))
		}
	}
}

func TestLookupsAllocateNothing(t *testing.T) {
	x := match.New()
	x.Add(match.Indicator{Value: value(t, "evil.example"), Subdomains: true}, match.Indicator{Value: value(t, "192.0.2.0/24")})
	for _, text := range []string{"www.good.example", "198.51.100.1", "2001:db8::1", "http://good.example/"} {
		v := value(t, text)
		if n := testing.AllocsPerRun(100, func() { x.Match(v) }); n > 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

// What has been removed does not pile up: a feed that changes all its values
// every hour runs for months.
func TestRemovedValuesAreForgotten(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	x := match.New()
	stays := match.Indicator{ID: "stays", Value: value(t, "stays.example")}
	x.Add(stays)
	before := heap()
	for round := range 100 {
		batch := make([]match.Indicator, 5000)
		for i := range batch {
			batch[i] = match.Indicator{ID: "id", Value: observable.Value{Type: observable.Domain, Text: fmt.Sprintf("a-name-of-some-length-%d-%d.example", round, i)}}
		}
		x.Add(batch...)
		x.Remove(batch...)
	}
	if grown := int64(heap() - before); grown > 4<<20 { // of 20 MB that went through
		t.Errorf("the empty index holds %d bytes", grown)
	}
	if got, ok := x.Match(stays.Value); !ok || got != stays || x.Len() != 1 {
		t.Errorf("%v, %v; %d indicators", got, ok, x.Len())
	}
}
