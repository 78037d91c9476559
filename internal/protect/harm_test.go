package protect_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// guardsOf are all the guards that a hub can have.
func guardsOf(t testing.TB) protect.Guards {
	t.Helper()
	lists, _, err := warninglist.Load("../warninglist/testdata")
	if err != nil {
		t.Fatal(err)
	}
	ranks, _, err := warninglist.ReadRanks(strings.NewReader("1,search.example\n2,news.example\n"), 10)
	if err != nil {
		t.Fatal(err)
	}
	own := protect.Own{Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("2001:db8::53")}, Names: []string{"hub.example"}}
	return append(protect.Guards(protect.DefaultGuards()), own, protect.WarningLists{Lists: lists}, protect.Popular{Ranks: ranks})
}

func inferred(t testing.TB, text string) observable.Value {
	t.Helper()
	v, err := observable.Infer(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Each guard stands for a harm that automatic blocking has done.
func TestHarms(t *testing.T) {
	guards := guardsOf(t)
	for name, harm := range map[string]struct{ refused, passes map[string]string }{
		"31 January 2009: everything is malware": {
			refused: map[string]string{"com": "public-suffix", "co.uk": "public-suffix", "0.0.0.0/0": "prefix-width", "::/0": "prefix-width", "http://co.uk/": "public-suffix"},
			passes:  map[string]string{"evil.co.uk": "", "http://evil.example/": ""},
		},
		"2018: an update host and a video site, with subdomains that the allow-list missed": {
			refused: map[string]string{"windowsupdate.com": "core", "x.y.windowsupdate.com": "core", "www.youtube.com": "core", "http://r3.googlevideo.com/": "core",
				"a.b.updates.vendor.example": "warning-list", "vendor.example": "warning-list"},
			passes: map[string]string{"windowsupdate.com.evil.example": "", "notyoutube.com": "", "xupdates.vendor.example": ""},
		},
		"6 February 2025: the undo tool depended on what was disabled": {
			refused: map[string]string{"hub.example": "hub", "192.0.2.53": "hub", "192.0.2.0/24": "hub", "http://hub.example/feeds": "hub", "http://192.0.2.53:8440/x": "hub",
				"::ffff:192.0.2.53": "hub", "2001:db8::53": "hub", "2001:db8::/64": "hub", "HUB.example.": "hub"},
			passes: map[string]string{"hub.example.evil.test": "", "192.0.2.54": ""},
		},
		"a block list made of DNS logs lists the resolver": {
			refused: map[string]string{"8.8.8.8": "resolver", "8.8.8.0/24": "resolver", "http://1.1.1.1/": "resolver", "::ffff:8.8.8.8": "resolver", "198.41.0.4": "resolver", "2620:fe::fe": "resolver"},
			passes:  map[string]string{"8.8.8.9": "", "http://1.1.1.1/evil": ""},
		},
		"a shared-hosting address blocked for days": {
			refused: map[string]string{"104.16.132.229": "hosting", "http://185.199.108.153/": "hosting", "2606:4700::6810:84e5": "hosting", "104.16.132.0/24": "hosting", "151.101.1.6": "hosting"},
			passes:  map[string]string{"evil-site.example": "", "http://185.199.108.153/evil": "", "203.0.113.200": ""},
		},
		"a file-sharing host blocked for one URL": {
			refused: map[string]string{"pastebin.com": "hosting", "www.mediafire.com": "hosting", "http://transfer.sh/": "hosting", "github.io": "public-suffix", "www.dropbox.com": "core"},
			passes:  map[string]string{"http://pastebin.com/raw/x": "", "evil.github.io": "", "https://www.dropbox.com/s/x": "", "evil.wordpress.com": ""},
		},
		"an address that is another host in every network": {
			refused: map[string]string{"10.1.2.3": "private-address", "127.0.0.1": "private-address", "::1": "private-address", "fe80::1": "private-address", "http://192.168.1.1/admin": "private-address",
				"printer.local": "special-name", "4000::1": "private-address"},
		},
		"an address written as another kind of address": {
			refused: map[string]string{"64:ff9b::808:808": "private-address", "64:ff9b::/96": "private-address", "64:ff9b:1::c000:235": "private-address",
				"2002:808:808::1": "private-address", "2001:0:808:808::1": "private-address", "::8.8.8.8": "private-address", "::ffff:10.0.0.1": "private-address",
				"http://[::ffff:8.8.8.8]/": "resolver", "http://[64:ff9b::808:808]/": "private-address"},
		},
		"a name that most people visit": {
			refused: map[string]string{"search.example": "popular", "www.news.example": "popular", "http://news.example/": "popular"},
			passes:  map[string]string{"http://news.example/taken-over": "", "mynews.example": ""},
		},
		"what keepers of lists know": {
			refused: map[string]string{"d41d8cd98f00b204e9800998ecf8427e": "warning-list", "198.51.100.3": "warning-list", "security@bank.example": "warning-list", "anyname.example": "warning-list"},
			passes:  map[string]string{"evil.anyname.example": ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for text, want := range harm.refused {
				if guard, reason := guards.Verdict(inferredAny(t, text)); guard != want || reason == "" {
					t.Errorf("%s: refused by %q (%s), want %q", text, guard, reason, want)
				}
			}
			for text := range harm.passes {
				if guard, reason := guards.Verdict(inferred(t, text)); guard != "" {
					t.Errorf("%s: refused by %s (%s)", text, guard, reason)
				}
			}
		})
	}
}

// inferredAny takes single words as well, which stand for a mistake in a list.
func inferredAny(t testing.TB, text string) observable.Value {
	t.Helper()
	v, err := observable.Infer(text)
	if err != nil {
		if v, err = observable.New(observable.Domain, text); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// A verdict is the word of the first guard that refuses, asked by itself: that
// they share one look at the value changes nothing.
func TestVerdictIsTheFirstGuards(t *testing.T) {
	guards := guardsOf(t)
	rapid.Check(t, func(t *rapid.T) {
		v := values.Draw(t, "value")
		wantGuard, wantReason := "", ""
		for _, g := range guards {
			if reason, bad := g.Check(v); bad {
				wantGuard, wantReason = g.Name(), reason
				break
			}
		}
		if guard, reason := guards.Verdict(v); guard != wantGuard || reason != wantReason {
			t.Fatalf("%s: %q (%s), want %q (%s)", v, guard, reason, wantGuard, wantReason)
		}
	})
}

// values are hosts in every spelling, normal or not, alone and in URLs.
var values = rapid.Custom(func(t *rapid.T) observable.Value {
	host := rapid.SampledFrom([]string{
		"hub.example", "x.hub.example", "example", "www.youtube.com", "github.io", "a.github.io", "portal.example", "HUB.Example.", "ｈｕｂ.example",
		"8.8.8.8", "10.0.0.1", "192.0.2.53", "::ffff:192.0.2.53", "2001:db8::53", "64:ff9b::808:808", "104.16.0.1", "203.0.113.50", "a b", "",
	}).Draw(t, "host")
	switch rapid.SampledFrom([]string{"name", "address", "prefix", "url", "hash"}).Draw(t, "kind") {
	case "name":
		return observable.Value{Type: observable.Domain, Text: host}
	case "address":
		return observable.Value{Type: observable.IPv4, Text: host}
	case "prefix":
		return observable.Value{Type: observable.IPv6, Text: host + rapid.SampledFrom([]string{"/0", "/8", "/24", "/32", "/64", "/128"}).Draw(t, "bits")}
	case "hash":
		return observable.Value{Type: observable.MD5, Text: host}
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	tail := rapid.SampledFrom([]string{"", "/", "/x", "?q", ":8080/", "#f"}).Draw(t, "tail")
	return observable.Value{Type: observable.URL, Text: "http://" + host + tail}
})

// What must resolve is never blocked, nor is what answers for it: whoever asks,
// and however it is written.
func TestMustResolveIsRefusedInEverySpelling(t *testing.T) {
	coordinator := access.Principal{Partner: "identity--cert", Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"kill.evil.test", "bücher.test", "a-b.c.test"}).Draw(t, "name")
		sinkhole := rapid.SampledFrom([]string{"192.0.2.80", "2001:db8::80"}).Draw(t, "sinkhole")
		s := protect.NewState(protect.Config{Sinkhole: netip.MustParseAddr(sinkhole)})
		seq := ledger.Seq(0)
		apply := func(d ledger.Draft) {
			seq++
			if err := s.Apply(ledger.Entry{Seq: seq, Time: now, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}); err != nil {
				t.Fatal(err)
			}
		}
		kill, err := observable.New(observable.Domain, name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Ask(coordinator, protect.Request{Value: kill, Polarity: protect.MustResolve, Reason: "a kill switch"}, now)
		if err != nil {
			t.Fatal(err)
		}
		apply(d)
		host := rapid.SampledFrom([]string{name, strings.ToUpper(name), name + ".", kill.Text}).Draw(t, "spelling")
		bracketed := sinkhole
		if strings.Contains(sinkhole, ":") {
			bracketed = "[" + sinkhole + "]"
		}
		text := rapid.SampledFrom([]string{
			host, "http://" + host + "/", "HTTP://user@" + host + ":8080/x?y#z", "https://" + host,
			sinkhole, "http://" + bracketed + "/x", "https://" + bracketed + ":8443", "::ffff:192.0.2.80", "192.0.2.0/24", "2001:db8::/48", "http://[::ffff:192.0.2.80]/",
		}).Draw(t, "asked")
		other := strings.Contains(text, "192.0.2.") != strings.Contains(sinkhole, "192.0.2.") && (strings.Contains(text, "192.0.2.") || strings.Contains(text, "2001:db8::/"))
		if other {
			t.Skip("the other family's sinkhole")
		}
		asked := inferredOf(t, text)
		_, err = s.Ask(coordinator, protect.Request{Value: asked, Polarity: protect.Block, Reason: "a mistake"}, now)
		var refused *protect.Refused
		if !errors.As(err, &refused) || refused.Guard != "must-resolve" || refused.Remedy == "" {
			t.Fatalf("%s (%s): %v, want a refusal by must-resolve", text, asked, err)
		}
	})
}

func inferredOf(t *rapid.T, text string) observable.Value {
	v, err := observable.Infer(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
