package rpz_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// primary is one of several that publish the same under the same serials.
type primary struct {
	*rpz.Server
	view *rpz.Numbered
	live *feed.Live
}

// primaries have one certificate.
func primaries(t *testing.T, notify ...rpz.Target) (two [2]primary) {
	t.Helper()
	dirs := [2]string{t.TempDir(), t.TempDir()}
	if err := rpz.KeepCertificate(dirs[0]); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dirs[0], rpz.CertificateFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dirs[1], rpz.CertificateFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range two {
		s := openWith(t, rpz.Config{Addr: "127.0.0.1:0", TLSAddr: "127.0.0.1:0", Dir: dirs[i]}, notify...)
		two[i] = primary{s, s.Numbered(""), feed.NewLive(nil)}
	}
	return two
}

func (p primary) round(n rpz.Number, ps ...protect.Protection) {
	for _, one := range ps {
		p.live.Take(one)
	}
	p.view.Publish(p.live.Advance(n.At), n)
}

// beside has an engine's configuration name two primaries.
var beside = map[string]func(a, b primary) []string{
	"bind": func(a, b primary) []string {
		at := func(x netip.AddrPort) string {
			return fmt.Sprintf("%s port %d key %q;", x.Addr(), x.Port(), strings.TrimSuffix(key.Name, "."))
		}
		return []string{at(a.Addr()), at(a.Addr()) + " " + at(b.Addr())}
	},
	"unbound": func(a, b primary) []string {
		at := func(x netip.AddrPort) string {
			return fmt.Sprintf("primary: %s@%d#%s", x.Addr(), x.Port(), rpz.TLSName)
		}
		return []string{at(a.TLSAddr()), at(a.TLSAddr()) + "\n\t" + at(b.TLSAddr())}
	},
	"pdns-recursor": func(a, b primary) []string {
		one := fmt.Sprintf("{%q}", a.Addr())
		return []string{one, fmt.Sprintf("{%q, %q}", a.Addr(), b.Addr())}
	},
}

// An engine that has the zones from one primary goes on with the changes at another when
// that one is gone; both tell it of changes.
func TestEnginesGoOnAtAnotherPrimary(t *testing.T) {
	for name, told := range resolvers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listen := freePort(t)
			two := primaries(t, told(listen)...)
			a, b := two[0], two[1]
			if string(a.CA()) != string(b.CA()) {
				t.Fatal("the primaries have two certificates")
			}
			n := rpz.Number{Serial: 1000, At: time.Now(), Turn: true}
			publish := func(to []primary, ps ...protect.Protection) {
				n.Serial++
				n.At = n.At.Add(time.Second)
				for _, one := range to {
					one.round(n, ps...)
				}
				n.Turn = false
			}
			both := []primary{a, b}
			publish(both, mustResolve("kill.example", answer4), block("first.example"))
			for _, one := range both {
				if err := one.view.Show(); err != nil {
					t.Fatal(err)
				}
			}
			e := start(t, name, a.Server, listen, key, folder(t), beside[name](a, b)...)
			e.becomes(t, "first.example.", dns.TypeA, blocked)
			second := block("second.example")
			publish(both, second)
			e.becomes(t, "second.example.", dns.TypeA, blocked)
			if a.Stats().Full == 0 { // the engine has chosen the other one
				a, b = b, a
			}
			before := b.Stats()
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			publish([]primary{b}, block("third.example"), ended(second))
			t.Logf("from Publish to blocked at the other primary: %v", e.becomes(t, "third.example.", dns.TypeA, blocked))
			e.becomes(t, "second.example.", dns.TypeA, real4)
			e.is(t, "first.example.", dns.TypeA, blocked)
			e.is(t, "kill.example.", dns.TypeA, answer4)
			after := b.Stats()
			t.Logf("at the other primary: %d whole zones and %d times changes, after %d and %d", after.Full, after.Incremental, before.Full, before.Incremental)
			if after.Full != before.Full || after.Incremental == before.Incremental {
				t.Error("it did not go on with the changes")
			}
		})
	}
}
