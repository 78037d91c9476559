package soc_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/soc"
)

var allTypes = []observable.Type{
	observable.Domain, observable.IPv4, observable.IPv6, observable.URL, observable.MD5, observable.SHA1, observable.SHA256, observable.SHA512,
	observable.FileName, observable.FilePath, observable.Mutex, observable.Service, observable.Registry, observable.JA3, observable.JA3S,
	observable.JA4, observable.Email, observable.Wallet, "something-new",
}

// Every kind of hit has one sentence that names the value and the host, and
// says to do what its polarity allows.
func TestAdvice(t *testing.T) {
	for _, typ := range allTypes {
		for _, polarity := range []soc.Polarity{soc.Block, soc.Observe, soc.MustResolve, ""} {
			a := hit()
			a.Type, a.Text, a.Polarity = typ, "thing.example", polarity
			got := a.Advice()
			if !strings.Contains(got, "thing.example") || !strings.Contains(got, "192.0.2.7") || strings.Contains(got, "%!") || len(got) > 300 {
				t.Errorf("%s %s: %s", polarity, typ, got)
			}
			switch polarity {
			case soc.MustResolve:
				if !strings.HasPrefix(got, "do not block thing.example: it is a kill switch") || !strings.Contains(got, "isolate it") || !strings.Contains(got, "let it resolve") {
					t.Errorf("%s: %s", typ, got)
				}
			case soc.Block:
				if strings.Contains(got, "do not block") {
					t.Errorf("%s: %s", typ, got)
				}
			default:
				if !strings.HasPrefix(got, "do not block") || strings.Contains(got, "isolate") {
					t.Errorf("%s: %s", typ, got)
				}
			}
			a.Source = netip.Addr{}
			if got := a.Advice(); strings.Contains(got, "invalid") {
				t.Errorf("%s %s without a host: %s", polarity, typ, got)
			}
		}
	}
}

// Who comes from outside is not told to be isolated; the host that it reached
// is to be looked at.
func TestAdviceOnInbound(t *testing.T) {
	for _, value := range []string{"203.0.113.5", "203.0.113.0/24"} {
		a := hit()
		a.Value = observable.Value{Type: observable.IPv4, Text: value}
		a.Polarity, a.Source, a.Target = soc.Block, netip.MustParseAddr("::ffff:203.0.113.5"), netip.MustParseAddr("192.0.2.7")
		want := value + " contacted 192.0.2.7 from outside: block it at the border, and check on 192.0.2.7 what it reached and whether anything was started or changed since"
		if got := a.Advice(); got != want {
			t.Errorf("%s", got)
		}
	}
}

// What was seen in the past points to the logs and their time.
func TestAdviceOnThePast(t *testing.T) {
	a := hit()
	a.Past, a.First = true, seenAt.AddDate(0, 0, -3)
	if got := a.Advice(); !strings.Contains(got, "search your logs from 2017-05-09T07:24:03Z to 2017-05-12T07:24:03Z") {
		t.Errorf("%s", got)
	}
}
