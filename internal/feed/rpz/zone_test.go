package rpz_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// policies is the zone file without SOA and NS, and without what is the same
// in every line.
func policies(t testing.TB, ps ...protect.Protection) (text string, left []feed.Left) {
	t.Helper()
	var file bytes.Buffer
	left, err := rpz.Zone(&file, zone, time.Minute, 7, feed.Effective(ps, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	text = strings.NewReplacer("."+zone, "", "\t60\tIN", "", "\t", " ").Replace(file.String())
	_, text, _ = strings.Cut(text, "NS localhost.\n")
	return strings.TrimSuffix(text, "\n"), left
}

func TestZone(t *testing.T) {
	tests := map[string]struct {
		in   []protect.Protection
		want []string
	}{
		"nothing": {},
		"a domain and what is beneath it": {
			in:   []protect.Protection{block("evil.example")},
			want: []string{"evil.example CNAME .", "*.evil.example CNAME ."},
		},
		"a block beneath another adds nothing": {
			in:   []protect.Protection{block("a.b.evil.example"), block("evil.example")},
			want: []string{"evil.example CNAME .", "*.evil.example CNAME ."},
		},
		"a must-resolve name of each family": {
			in:   []protect.Protection{mustResolve("four.example", "192.0.2.80"), mustResolve("six.example", "2001:db8::80"), mustResolve("none.example", "")},
			want: []string{"none.example CNAME rpz-passthru.", "four.example A 192.0.2.80", "six.example AAAA 2001:db8::80"},
		},
		"a must-resolve name beneath a block, and the names between": {
			in: []protect.Protection{block("evil.example"), mustResolve("kill.x.y.evil.example", "192.0.2.80")},
			want: []string{
				"evil.example CNAME .", "*.evil.example CNAME .", "y.evil.example CNAME .", "*.y.evil.example CNAME .",
				"x.y.evil.example CNAME .", "*.x.y.evil.example CNAME .", "kill.x.y.evil.example A 192.0.2.80",
			},
		},
		"a block beneath a must-resolve name beneath a block": {
			in: []protect.Protection{block("evil.example"), mustResolve("kill.evil.example", "192.0.2.80"), block("bad.kill.evil.example")},
			want: []string{
				"evil.example CNAME .", "*.evil.example CNAME .", "kill.evil.example A 192.0.2.80",
				"bad.kill.evil.example CNAME .", "*.bad.kill.evil.example CNAME .",
			},
		},
		"the host of a must-resolve URL": {
			in:   []protect.Protection{block("evil.example"), decided(protect.MustResolve, observable.URL, "http://kill.evil.example/")},
			want: []string{"evil.example CNAME .", "*.evil.example CNAME .", "kill.evil.example CNAME rpz-passthru."},
		},
		"addresses": {
			in: []protect.Protection{
				blockAddress("203.0.113.7"), blockAddress("198.51.100.0/24"), blockAddress("2001:db8::/32"),
				blockAddress("2001:db8::1"), blockAddress("2001:db8:1:0:0:2:0:0"), blockAddress("2001:db8:0:1:1:1:1:1"),
			},
			want: []string{
				"24.0.100.51.198.rpz-ip CNAME .", "128.1.zz.db8.2001.rpz-ip CNAME .", "32.zz.db8.2001.rpz-ip CNAME .",
				"128.1.1.1.1.1.0.db8.2001.rpz-ip CNAME .", "128.zz.2.0.0.1.db8.2001.rpz-ip CNAME .", "32.7.113.0.203.rpz-ip CNAME .",
			},
		},
		"neither URLs nor hashes": {
			in: []protect.Protection{
				decided(protect.Block, observable.URL, "http://evil.example/"), decided(protect.Observe, observable.Domain, "watched.example"),
				decided(protect.Block, observable.MD5, "db349b97c37d22f5ea1d1841e3c89eb4"),
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, left := policies(t, tt.in...)
			if text == "" {
				text = "\x00"
			}
			want := strings.Join(tt.want, "\n")
			if want == "" {
				want = "\x00"
			}
			// One record a line, in whatever order: the order is held below.
			if diff := cmp.Diff(lineSet(want), lineSet(text)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if len(left) > 0 {
				t.Errorf("left out: %v", left)
			}
		})
	}
}

func lineSet(text string) map[string]bool {
	lines := make(map[string]bool)
	for line := range strings.Lines(text + "\n") {
		lines[strings.TrimSuffix(line, "\n")] = true
	}
	return lines
}

func TestZoneFileHasAHeadAndAFixedOrder(t *testing.T) {
	var file, again bytes.Buffer
	ps := []protect.Protection{block("b.example"), block("a.example"), mustResolve("x.a.example", "192.0.2.1"), blockAddress("203.0.113.7")}
	for _, out := range []*bytes.Buffer{&file, &again} {
		if _, err := rpz.Zone(out, "Tocsin.RPZ", time.Minute, 7, feed.Effective(ps, time.Now())); err != nil {
			t.Fatal(err)
		}
		ps[0], ps[3] = ps[3], ps[0]
	}
	want := `tocsin.rpz.	60	IN	SOA	ns.tocsin.rpz. hostmaster.tocsin.rpz. 7 60 10 259200 60
tocsin.rpz.	60	IN	NS	localhost.
a.example.tocsin.rpz.	60	IN	CNAME	.
*.a.example.tocsin.rpz.	60	IN	CNAME	.
x.a.example.tocsin.rpz.	60	IN	A	192.0.2.1
b.example.tocsin.rpz.	60	IN	CNAME	.
*.b.example.tocsin.rpz.	60	IN	CNAME	.
32.7.113.0.203.rpz-ip.tocsin.rpz.	60	IN	CNAME	.
`
	if diff := cmp.Diff(want, file.String()); diff != "" {
		t.Errorf("zone file (-want +got):\n%s", diff)
	}
	if file.String() != again.String() {
		t.Errorf("another order of the input, another file:\n%s", again.String())
	}
	if _, err := rpz.Zone(full{}, zone, time.Minute, 7, feed.Effective(ps, time.Now())); !errors.Is(err, errFull) {
		t.Errorf("on a full disk: %v", err)
	}
}

func TestHostileValuesStayOutOfTheZone(t *testing.T) {
	long := strings.Repeat("a.", 118) + "example"                 // 243 characters: does not fit with the zone's name
	fits := strings.Repeat("a.", 117) + "example"                 // fits, but its wildcard would not
	deep := strings.Repeat("a.", 112) + "kill.tooo.evilx.example" // must resolve, and does not fit
	ps := []protect.Protection{
		block(long), block(fits), block("*.evil.example"), block("evil example"), block("a..example"), block(""),
		block("24.0.0.0.10.rpz-client-ip"), block("x.rpz-nsdname"), block("rpz-ip"), blockAddress("0.0.0.0/1"), blockAddress("::/0"),
		block("10.0.0.1"), block("fine.example"), mustResolve(deep, "192.0.2.1"), block("evilx.example"), block("tooo.evilx.example"),
	}
	text, left := policies(t, ps...)
	want := "fine.example CNAME .\n*.fine.example CNAME .\n" + fits + " CNAME .\n1.0.0.0.0.rpz-ip CNAME ."
	if diff := cmp.Diff(lineSet(want), lineSet(text)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	reported := make(map[string]bool)
	for _, l := range left {
		reported[l.Text] = l.Reason != ""
	}
	for _, p := range ps {
		stays := p.Text == "fine.example" || p.Text == fits || p.Text == "0.0.0.0/1"
		if reported[p.Text] == stays {
			t.Errorf("%q: reported as left out: %v", p.Text, !stays)
		}
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
