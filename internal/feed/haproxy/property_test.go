package haproxy_test

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var values = []observable.Value{
	{Type: observable.Domain, Text: "evil.example"}, {Type: observable.Domain, Text: "kill.evil.example"}, {Type: observable.Domain, Text: "a.kill.evil.example"},
	{Type: observable.IPv4, Text: "192.0.2.80"}, {Type: observable.IPv4, Text: "192.0.2.0/24"}, {Type: observable.IPv4, Text: "203.0.113.7"},
	{Type: observable.URL, Text: "http://kill.evil.example/x"}, {Type: observable.URL, Text: "http://files.example/x"},
}

// Whatever is decided, change by change HAProxy's maps are those of one that begins
// from the set; and what must resolve is excepted, and its answer not blocked.
func TestChangesAddUp(t *testing.T) {
	p := newProxy(t)
	p.start()
	rapid.Check(t, func(rt *rapid.T) {
		e := newEdge(t, p.dir)
		e.decide()
		standing := map[observable.Value]protect.Protection{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "decisions") {
			v := rapid.SampledFrom(values).Draw(rt, "value")
			one, was := standing[v]
			if !was || rapid.Bool().Draw(rt, "another") {
				one = e.block(v.Type, v.Text)
				one.ID = fmt.Sprint("protection--", i)
				one.Exact = rapid.Bool().Draw(rt, "exact")
				polarities := []protect.Polarity{protect.Block, protect.Block, protect.Observe}
				if v.Type == observable.Domain { // nothing else can be must-resolve: protect refuses it
					polarities = append(polarities, protect.MustResolve)
				}
				one.Polarity = rapid.SampledFrom(polarities).Draw(rt, "polarity")
				one.Expires = e.now.Add(time.Duration(rapid.IntRange(1, 4).Draw(rt, "hours")) * time.Hour)
				if one.Polarity == protect.MustResolve {
					one.Answer = "192.0.2.80"
				}
				standing[v] = one
			} else {
				one = revoked(one)
				delete(standing, v)
			}
			e.take(one)
			if rapid.Bool().Draw(rt, "apply") {
				e.decide()
			}
		}
		e.decide()
		changed := p.inMemory(rt)
		set := e.live.Set()
		fresh := newEdge(t, p.dir)
		fresh.live = e.live
		fresh.decide()
		if diff := cmp.Diff(p.inMemory(rt), changed); diff != "" {
			rt.Fatalf("the maps (-begun anew +changed):\n%s", diff)
		}
		for _, must := range set.MustResolve() {
			if must.Type == observable.Domain && !strings.Contains(changed[feed.HAProxyPass], must.Text) || strings.Contains(changed[feed.HAProxyAddresses], must.Answer) {
				rt.Errorf("%s must resolve, and %v", must.Text, changed)
			}
		}
	})
}

// inMemory is what HAProxy has in its maps, sorted, without the mark.
func (p *proxy) inMemory(rt *rapid.T) map[string]string {
	all := map[string]string{}
	for _, name := range feed.HAProxyMaps() {
		conn, err := net.Dial("unix", filepath.Join(p.dir, feed.HAProxySocket))
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := io.WriteString(conn, "show map "+filepath.Join(p.dir, name)+"\n"); err != nil {
			rt.Fatal(err)
		}
		text, err := io.ReadAll(conn)
		conn.Close()
		if err != nil {
			rt.Fatal(err)
		}
		lines := []string{}
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); len(words) == 3 && !strings.HasPrefix(words[1], ".") {
				lines = append(lines, words[1]+" "+words[2])
			}
		}
		slices.Sort(lines)
		all[name] = strings.Join(lines, "\n")
	}
	return all
}
