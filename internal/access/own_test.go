package access_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Who is no administrator issues, sees and revokes the own partner's tokens alone, in
// no role above the own.
func TestTokensOnOnesOwnAuthority(t *testing.T) {
	now := time.Date(2026, 5, 12, 3, 0, 0, 0, time.UTC)
	d := newBook(t)
	ours, theirs := d.join("Ours"), d.join("Theirs")
	issue := func(p access.PartnerID, role access.Role) access.Token {
		token, _ := d.issue(p, role)
		return token
	}
	of := map[string]access.Token{"our coordinator's": issue(ours, access.Coordinator), "our viewer's": issue(ours, access.Viewer), "theirs": issue(theirs, access.Viewer)}
	who := func(role access.Role) access.Principal { return access.Principal{Partner: ours, Role: role} }
	for _, c := range []struct {
		name    string
		by      access.Principal
		partner access.PartnerID
		role    access.Role
		expires time.Duration
		want    error
	}{
		{"a contributor's own", who(access.Contributor), ours, access.Contributor, 24 * time.Hour, nil},
		{"a viewer's", who(access.Viewer), ours, access.Viewer, 24 * time.Hour, access.ErrForbidden},
		{"a guest's", access.Visitor, ours, access.Viewer, 24 * time.Hour, access.ErrForbidden},
		{"a higher role", who(access.Contributor), ours, access.Coordinator, 24 * time.Hour, access.ErrForbidden},
		{"an unknown role", who(access.Contributor), ours, "king", 24 * time.Hour, access.ErrInvalid},
		{"another partner's", who(access.Coordinator), theirs, access.Viewer, 24 * time.Hour, access.ErrForbidden},
		{"the hub's", who(access.Coordinator), access.Hub, access.Viewer, 24 * time.Hour, access.ErrForbidden},
		{"for ever", who(access.Coordinator), ours, access.Viewer, 0, access.ErrInvalid},
		{"for two years", who(access.Coordinator), ours, access.Viewer, 2 * 366 * 24 * time.Hour, access.ErrInvalid},
		{"confined", access.Principal{Partner: ours, Role: access.Contributor, Scopes: []access.Scope{"api"}}, ours, access.Viewer, 24 * time.Hour, access.ErrForbidden},
		{"longer than its own", access.Principal{Partner: ours, Role: access.Contributor, Expires: now.Add(time.Hour)}, ours, access.Viewer, 24 * time.Hour, access.ErrInvalid},
		{"an administrator's for another", access.Principal{Role: access.Administrator}, theirs, access.Coordinator, 0, nil},
	} {
		var o access.TokenOptions
		if c.expires > 0 {
			o.Expires = now.Add(c.expires)
		}
		if _, secret, _, err := d.IssueFor(c.by, c.partner, c.role, o, now); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (secret == "") != (err != nil) {
			t.Errorf("issue %s: %v, want %v", c.name, err, c.want)
		}
	}
	for _, c := range []struct {
		name, token string
		by          access.Principal
		want        error
	}{
		{"a viewer", "our viewer's", who(access.Viewer), access.ErrForbidden},
		{"a contributor", "our coordinator's", who(access.Contributor), access.ErrForbidden},
		{"a coordinator", "theirs", who(access.Coordinator), access.ErrNotFound},
		{"a contributor", "our viewer's", who(access.Contributor), nil},
		{"an administrator", "theirs", access.Principal{Role: access.Administrator}, nil},
	} {
		if _, err := d.RevokeFor(c.by, of[c.token].ID, "it is not needed"); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s revokes %s: %v, want %v", c.name, c.token, err, c.want)
		}
	}
	for role, want := range map[access.Role]int{access.Viewer: 0, access.Contributor: 2, access.Coordinator: 2, access.Administrator: 3} {
		if got := len(d.TokensFor(who(role))); got != want {
			t.Errorf("a %s sees %d tokens, want %d", role, got, want)
		}
	}
}
