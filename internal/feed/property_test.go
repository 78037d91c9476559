package feed_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Few labels, so that names often lie beneath each other, in every spelling.
var (
	names = rapid.Custom(func(t *rapid.T) string {
		labels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "kill"}), 0, 3).Draw(t, "labels")
		name := strings.Join(append(labels, "example"), ".")
		if rapid.Bool().Draw(t, "upper") {
			name = strings.ToUpper(name)
		}
		return name + rapid.SampledFrom([]string{"", "."}).Draw(t, "dot")
	})
	addresses   = rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "192.0.2.0/30", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::/32", "0.0.0.0/0"})
	protections = rapid.Custom(func(t *rapid.T) protect.Protection {
		p := block("", rapid.IntRange(0, 5).Draw(t, "minutes ago"))
		p.Polarity = rapid.SampledFrom([]protect.Polarity{protect.Block, protect.Block, protect.MustResolve, protect.Observe}).Draw(t, "polarity")
		p.Status = rapid.SampledFrom([]protect.Status{protect.Active, protect.Active, protect.Active, protect.Revoked}).Draw(t, "status")
		p.Answer = rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "", "?"}).Draw(t, "answer")
		switch p.Type = rapid.SampledFrom([]observable.Type{observable.Domain, observable.Domain, observable.IPv4, observable.URL}).Draw(t, "type"); p.Type {
		case observable.Domain:
			p.Text = rapid.OneOf(names, addresses).Draw(t, "name")
		case observable.IPv4:
			p.Text = addresses.Draw(t, "address")
		case observable.URL:
			p.Text = "http://" + rapid.OneOf(names, rapid.Just("192.0.2.1"), rapid.Just("[2001:db8::1]")).Draw(t, "host") + "/x"
		}
		if p.Polarity == protect.MustResolve {
			p.By = "identity--coordinator"
		}
		// Few ids, so that an end often ends something; one is of one polarity.
		p.ID = fmt.Sprintf("protection--%s-%d", p.Polarity, rapid.IntRange(0, 2).Draw(t, "id"))
		return p
	})
)

// wanted is what must resolve, found without the code under test: the latest
// must-resolve decision about a name that took effect was not ended.
func wanted(ps []protect.Protection) (names []string, answers []netip.Addr) {
	latest := make(map[string]protect.Protection)
	for _, p := range ps {
		if p.Polarity != protect.MustResolve || p.Type != observable.Domain {
			continue
		}
		name := strings.TrimSuffix(strings.ToLower(p.Text), ".")
		if _, err := observable.New(observable.IPv4, name); err == nil {
			continue
		}
		if strings.Contains(name, "/") || strings.Contains(name, ":") {
			continue
		}
		known := latest[name]
		back := known.Status == protect.Revoked && known.ID == p.ID // under the id of what has ended
		if p.Status == protect.Active && !back || p.Status == protect.Revoked && known.ID == p.ID {
			latest[name] = p
		}
	}
	for name, p := range latest {
		if p.Status == protect.Active {
			names = append(names, name)
			if a, err := netip.ParseAddr(p.Answer); err == nil {
				answers = append(answers, a)
			}
		}
	}
	return names, answers
}

func TestNoOutletBlocksAMustResolveName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOfN(protections, 0, 12).Draw(t, "protections")
		s := effective(ps...)
		must, answers := wanted(ps)

		var doc bytes.Buffer
		if err := feed.JSON(&doc, s); err != nil {
			t.Fatal(err)
		}
		checkJSON(t, doc.Bytes(), must, answers)
	})
}

// checkListed reads one value of a plain list as the widest reader might.
func checkListed(t *rapid.T, value string, must []string, answers []netip.Addr) {
	host := value
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		host = u.Hostname()
	} else if prefix, err := netip.ParsePrefix(value); err == nil {
		if slices.ContainsFunc(answers, prefix.Contains) {
			t.Fatalf("the list blocks %s, which holds one of %v", value, answers)
		}
		return
	}
	if a, err := netip.ParseAddr(host); err == nil && slices.Contains(answers, a) {
		t.Fatalf("the list blocks %s, which answers for %v", value, must)
	}
	for _, name := range must {
		if name == host || host == value && strings.HasSuffix(name, "."+host) {
			t.Fatalf("the list blocks %s, and with it %s", value, name)
		}
	}
}

func checkJSON(t *rapid.T, doc []byte, must []string, answers []netip.Addr) {
	var read struct {
		Protections []struct {
			Type, Value, Polarity string
			Except                []string
		}
	}
	if err := json.Unmarshal(doc, &read, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	for _, p := range read.Protections {
		if p.Polarity != "block" {
			continue
		}
		if p.Type != "domain-name" {
			checkListed(t, p.Value, must, answers)
			continue
		}
		for _, name := range must {
			beneath := strings.HasSuffix(name, "."+p.Value)
			if name == p.Value || beneath && !slices.Contains(p.Except, name) {
				t.Fatalf("JSON blocks %s (except %v), and with it %s", p.Value, p.Except, name)
			}
		}
	}
}
