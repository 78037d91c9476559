package haproxy

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var types = []observable.Type{observable.Domain, observable.IPv4, observable.IPv6, observable.URL, observable.SHA256}

// FuzzEntry holds that whatever somebody has a protection say, it is one entry of
// two words in a map, and one word of a command, or nothing at all.
func FuzzEntry(f *testing.F) {
	for i, text := range []string{
		"evil.example", "203.0.113.0/24", "2001:db8::1", "http://a.example/x;shutdown frontend tocsin", "http://a.example/\nshow env",
		`http://a.example/\`, "http://a.example/<<", "#", "", "a.example b", strings.Repeat("a.", 17) + "example", "http://a.example/é",
	} {
		f.Add(text, uint8(i), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8, must bool) {
		p := protect.Protection{Value: observable.Value{Type: types[int(kind)%len(types)], Text: text}, Polarity: protect.Block, Expires: time.Unix(1e9, 0)}
		if must {
			p.Polarity = protect.MustResolve
		}
		u := feed.Update{Come: []protect.Protection{p}, Set: func() feed.Set { return feed.Set{} }}
		o := New(Config{Dir: "/maps"})
		o.have = have{}
		for _, where := range feed.HAProxyMaps() {
			o.have.add(entry{where: where, key: text}) // so that everything would be removed
		}
		d := o.differences(u)
		for _, e := range append(append(d.add, d.set...), d.del...) {
			if line := string(e.line(nil)); len(strings.Fields(line)) != 2 || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
				t.Errorf("line %q", line)
			}
			if strings.ContainsAny(e.key, "; \t\r\n\\<>\"'#") || strings.ContainsFunc(e.key, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("key %q", e.key)
			}
		}
		if _, err := observable.New(p.Type, text); err == nil && !must && p.Type != observable.SHA256 && len(d.add)+len(d.set) == 0 && refuses(p) == "" {
			t.Errorf("%s is neither carried nor refused", p.Value)
		}
	})
}

// FuzzAnswer holds that whatever a socket says, an answer ends.
func FuzzAnswer(f *testing.F) {
	f.Add("\n> \n> ")
	f.Add("New version created: 1\n\n> ")
	f.Add("> > >")
	f.Add(strings.Repeat("x", longestAnswer+10))
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Skip(err) // a temporary folder whose name is too long for a socket
		}
		defer l.Close()
		go func() {
			if conn, err := l.Accept(); err == nil {
				_, _ = io.WriteString(conn, text)
				conn.Close()
			}
		}()
		s, err := dial(context.Background(), path)
		if err != nil {
			return
		}
		defer s.close()
		if answer, err := s.answer(); err == nil && len(answer) > longestAnswer {
			t.Errorf("%d bytes", len(answer))
		}
	})
}
