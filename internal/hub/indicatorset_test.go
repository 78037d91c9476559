package hub_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// indicating is an indicator that somebody shared.
type indicating struct {
	*shared
	values []observable.Value // that it is a list of, while it is valid
	ended  bool               // revoked, or past its end
	hidden bool               // its pattern, or when it ends, is for few
}

// patternsOf are patterns that name the nth values, and what is a list in them.
func patternsOf(kind string, n int) (pattern string, values []observable.Value) {
	domain := observable.Value{Type: observable.Domain, Text: fmt.Sprintf("host%d.example", n)}
	address := observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("192.0.2.%d", n)}
	hash := observable.Value{Type: observable.SHA256, Text: strings.Repeat(fmt.Sprintf("%02x", n), 32)}
	switch kind {
	case "domain":
		return "[domain-name:value = '" + strings.ToUpper(domain.Text) + "']", []observable.Value{domain}
	case "two":
		return "[ipv4-addr:value = '" + address.Text + "'] OR [file:hashes.'SHA-256' = '" + hash.Text + "']", []observable.Value{address, hash}
	case "in":
		return "[domain-name:value IN ('" + domain.Text + "', 'other.example')]", []observable.Value{domain, {Type: observable.Domain, Text: "other.example"}}
	case "prefix":
		prefix := observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("198.51.%d.0/24", n)}
		return "[ipv4-addr:value ISSUBSET '" + prefix.Text + "']", []observable.Value{prefix}
	}
	return "[domain-name:value = '" + domain.Text + "' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']", nil // no list
}

// indicates has a partner share an indicator as share shares an object, and end
// it, or tighten it.
func (x *exchange) indicates(rt *rapid.T) *indicating {
	s := x.share(rt) // the level and for whom; the object itself is a malware
	one := &indicating{shared: s}
	s.id, s.few = "indicator--"+uuid.NewString(), ""
	kind := rapid.SampledFrom([]string{"domain", "two", "in", "prefix", "and"}).Draw(rt, "kind")
	text, values := patternsOf(kind, rapid.IntRange(1, 40).Draw(rt, "n"))
	one.values = values
	more := ""
	switch rapid.IntRange(0, 6).Draw(rt, "until") {
	case 0:
		more, one.ended = `,"valid_until":"2020-01-01T00:00:00Z"`, true
	case 1:
		more = `,"valid_until":"2999-01-01T00:00:00Z"`
	case 2:
		more = `,"description":"for few","granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["description"]}]`
	case 3:
		more, one.hidden = `,"granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["pattern"]}]`, true
	}
	if rapid.IntRange(0, 9).Draw(rt, "end is for few") == 0 {
		more, one.hidden = `,"valid_until":"2999-01-01T00:00:00Z","granular_markings":[{"marking_ref":"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1","selectors":["valid_until"]}]`, true
	}
	version := func(modified, more string) string {
		return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":%q,"created":"2017-05-12T07:43:00.000Z","modified":%q,"name":%q,"pattern":%q,"pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z"%s}`,
			s.id, modified, s.word, text, more)
	}
	s.object = version("2017-05-12T07:43:00.000Z", more)
	author := x.readers[slices.IndexFunc(x.readers, func(a *asker) bool { return a.partner == s.owner })]
	x.send(rt, s, author, s.tlp, s.recipients)
	switch rapid.IntRange(0, 3).Draw(rt, "then") {
	case 0:
		s.object = version("2018-05-12T07:43:00.000Z", more+`,"revoked":true`)
		x.send(rt, s, author, s.tlp, s.recipients)
		one.ended = true
	case 1, 2:
		x.tighten(rt, s)
	}
	return one
}

// shows says what of an indicator a reader is to find in sets and lookups.
func (x *exchange) shows(a *asker, one *indicating) []observable.Value {
	if one.ended || one.hidden || !x.maySeeWhole(a, one.shared) {
		return nil
	}
	return one.values
}

// fingerprintsOf are those of values, and of the lengths of prefixes, in order.
func fingerprintsOf(values []observable.Value) (all []uint64) {
	for _, v := range values {
		all = append(all, hashset.Fingerprint(string(v.Type), v.Text))
		if p, ok := v.Prefix(); ok && !p.IsSingleIP() {
			all = append(all, hashset.PrefixLength(string(v.Type), p.Bits()))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (r *running) indicatorSet(token string) (all []uint64, tag string) {
	r.t.Helper()
	a := r.call(http.MethodGet, "/api/v1/indicators/set", token, "", nil)
	if a.status != http.StatusOK || a.header.Get("Cache-Control") != "private, no-cache" {
		r.t.Fatalf("the set: %d %v %s", a.status, a.header, a.body)
	}
	in, err := hashset.NewReader(strings.NewReader(a.body), hashset.Most)
	for err == nil {
		var f uint64
		if f, err = in.Next(); err == nil {
			all = append(all, f)
		}
	}
	if !errors.Is(err, io.EOF) {
		r.t.Fatal(err)
	}
	return all, a.header.Get("ETag")
}

// Whatever is shared, tightened, withdrawn, revoked and over: a reader's set is
// what released indicators name, and a lookup finds just those.
func TestSetsHoldWhatIsReleased(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("15"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	x := newExchange(t)
	var all []*indicating
	var everything []observable.Value
	for n := 1; n <= 40; n++ {
		for _, kind := range []string{"domain", "two", "in", "prefix"} {
			_, values := patternsOf(kind, n)
			everything = append(everything, values...)
		}
	}
	differ := false
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(rt, "indicators") {
			all = append(all, x.indicates(rt))
		}
		var before []uint64
		for i, a := range x.readers {
			if a.token == "" {
				continue
			}
			var released []observable.Value
			var want []client.Named
			for _, one := range all {
				for _, v := range x.shows(a, one) {
					released = append(released, v)
					want = append(want, client.Named{ID: one.id, Value: v})
				}
			}
			got, _ := x.indicatorSet(a.token)
			if diff := gocmp.Diff(fingerprintsOf(released), got); diff != "" {
				rt.Errorf("%s: the set, want -, got +: %s", a.name, diff)
			}
			differ = differ || i > 0 && !slices.Equal(before, got)
			before = got
			x.holdLookup(rt, a, everything, want)
		}
	})
	if !differ {
		t.Error("all readers have the same set: nothing was held against the rule")
	}
}

func (x *exchange) holdLookup(rt *rapid.T, a *asker, asked []observable.Value, want []client.Named) {
	c, err := client.New(x.URL(), a.token)
	if err != nil {
		rt.Fatal(err)
	}
	got, err := c.NamedBy(x.t.Context(), fingerprintsOf(asked))
	if err != nil {
		rt.Fatal(err)
	}
	order := func(p, q client.Named) int {
		return cmp.Or(cmp.Compare(p.ID, q.ID), cmp.Compare(p.Type, q.Type), cmp.Compare(p.Text, q.Text))
	}
	each := map[observable.Value]int{}
	for _, n := range got {
		each[n.Value]++
	}
	most := func(n client.Named) bool { return each[n.Value] >= 16 } // of more some are left out
	got, want = slices.DeleteFunc(got, most), slices.DeleteFunc(slices.Clone(want), most)
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if diff := gocmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
		rt.Errorf("%s: the lookup, want -, got +: %s", a.name, diff)
	}
}
