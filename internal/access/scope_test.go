package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
)

func TestScopes(t *testing.T) {
	type ask struct {
		surface access.Surface
		write   bool
	}
	all := []ask{
		{access.TAXII, false}, {access.TAXII, true}, {access.API, false}, {access.API, true}, {access.Stream, false},
		{access.Feeds, false}, {access.Log, false}, {access.Metrics, false}, {access.Pages, false}, {access.Pages, true},
	}
	for _, c := range []struct {
		scopes []access.Scope
		opens  []ask
	}{
		{nil, all},
		{[]access.Scope{"taxii"}, []ask{{access.TAXII, false}, {access.TAXII, true}}},
		{[]access.Scope{"taxii:read", "stream"}, []ask{{access.TAXII, false}, {access.Stream, false}}},
		{[]access.Scope{"api:write"}, []ask{{access.API, true}}},
		{[]access.Scope{"feeds:read", "log:read"}, []ask{{access.Feeds, false}, {access.Log, false}}},
		{[]access.Scope{"metrics:read"}, []ask{{access.Metrics, false}}},
		{[]access.Scope{"feeds:write"}, nil},
	} {
		p := access.Principal{Role: access.Administrator, Scopes: c.scopes}
		for _, a := range all {
			if got, want := p.Allows(a.surface, a.write), slices.Contains(c.opens, a); got != want {
				t.Errorf("%v opens %+v: %t, want %t", c.scopes, a, got, want)
			}
		}
	}
	for _, bad := range []string{"", "pages", "taxii:", "taxii:read:write", "TAXII", "api:all", ":read", "api "} {
		if s, err := access.ParseScope(bad); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), "taxii:read") {
			t.Errorf("%q is read as %q, %v", bad, s, err)
		}
	}
}

func TestParseExpiry(t *testing.T) {
	for text, want := range map[string]time.Time{
		"": {}, "90d": now.AddDate(0, 0, 90), "12h": now.Add(12 * time.Hour), "1h30m": now.Add(90 * time.Minute),
		"2017-05-13T00:00:00+02:00": time.Date(2017, 5, 12, 22, 0, 0, 0, time.UTC),
	} {
		if got, err := access.ParseExpiry(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %s, %v", text, got, err)
		}
	}
	for _, bad := range []string{"tomorrow", "-1h", "0s", "4000d", "d", "1.5d", "99999999999999999999d", "2017-05-13", "9999999h"} {
		if got, err := access.ParseExpiry(bad, now); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), "90d") {
			t.Errorf("%q is %s, %v", bad, got, err)
		}
	}
}

func FuzzParseExpiry(f *testing.F) {
	for _, s := range []string{"", "90d", "12h", "2017-05-13T00:00:00Z", "-1h", "99999d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := access.ParseExpiry(s, now)
		if err != nil && !at.IsZero() {
			t.Fatalf("%q is unreadable, and still %s", s, at)
		}
		if _, full := time.Parse(time.RFC3339, s); err == nil && s != "" && full != nil && !at.After(now) {
			t.Fatalf("%q is over already: %s", s, at)
		}
	})
}

// A token that expires works to the last moment before, and is then answered
// like one that never was.
func TestTokensExpire(t *testing.T) {
	b := newBook(t)
	clock := now
	b.SetClock(func() time.Time { return clock })
	id := b.join("A clinic")
	token, secret, d, err := b.IssueWith(id, access.Contributor, access.TokenOptions{
		Scopes: []access.Scope{"taxii:write", "api", "api"}, Expires: now.Add(time.Hour), Description: "sensor 4",
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	b.append(d)
	clock = now.Add(time.Hour - time.Nanosecond)
	who, ok := b.Authenticate(secret)
	want := access.Principal{
		Partner: id, Role: access.Contributor, Communities: []string{"default"}, Token: token.ID,
		Scopes: []access.Scope{"api", "taxii:write"}, Expires: now.Add(time.Hour),
	}
	if diff := cmp.Diff(want, who); !ok || diff != "" {
		t.Errorf("just before: %t %s", ok, diff)
	}
	if used := b.LastUsed(token.ID); !used.Equal(clock.Truncate(time.Microsecond)) {
		t.Errorf("last used at %s, was at %s", used, clock)
	}
	for _, after := range []time.Duration{time.Hour, 2 * time.Hour} {
		clock = now.Add(after)
		if who, ok := b.Authenticate(secret); ok || !cmp.Equal(who, access.Principal{}) {
			t.Errorf("after %s it authenticates %+v", after, who)
		}
	}
	if !b.LastUsed("token--none").IsZero() {
		t.Error("a token that is none was used")
	}
	for name, o := range map[string]access.TokenOptions{
		"over":        {Expires: now},
		"scope":       {Scopes: []access.Scope{"everything"}},
		"description": {Description: "two\nlines"},
	} {
		if _, secret, d, err := b.IssueWith(id, access.Viewer, o, now); !errors.Is(err, access.ErrInvalid) || secret != "" || d.Kind != "" {
			t.Errorf("%s: %v, %q, %v", name, err, secret, d)
		}
	}
}

// The hub's own administrator can issue another, which acts for no partner and
// is no lesser role.
func TestTokensOfTheHub(t *testing.T) {
	b := newBook(t)
	_, secret, d, err := b.IssueWith(access.Hub, access.Administrator, access.TokenOptions{}, now)
	if err != nil {
		t.Fatal(err)
	}
	b.append(d)
	who, ok := b.Authenticate(secret)
	if !ok || who.Partner != "" || who.Role != access.Administrator || who.Actor() != access.Hub || who.By() != who.Token {
		t.Errorf("the token's principal is %+v, %t", who, ok)
	}
	if _, _, _, err := b.IssueWith(access.Hub, access.Coordinator, access.TokenOptions{}, now); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("a coordinator of no partner: %v", err)
	}
}
