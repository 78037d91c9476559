package hub

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// OIDC is an OpenID Connect provider in the configuration.
type OIDC struct {
	Name             string `toml:"name"` // as the sign-in page shows it
	Issuer           string `toml:"issuer"`
	ClientID         string `toml:"client_id"`
	ClientSecretFile string `toml:"client_secret_file"` // none: a public client
	// TrustEmail lets an invited person join with the provider's word about its
	// e-mail address alone.
	TrustEmail bool `toml:"trust_email"`
}

// openDoor makes what signs people in. The listener is there: its port is part
// of the hub's address.
func (h *Hub) openDoor() error {
	policy, err := h.cfg.Dial.Policy()
	if err != nil {
		return err
	}
	cfg := signin.Config{
		Origin: h.origin(), Access: h.Views.Access, Clock: h.cfg.Clock, HTTP: dial.HTTPClient(policy, dial.Options{}),
		Append: func(ctx context.Context, drafts ...ledger.Draft) error {
			_, err := h.Views.Append(ctx, drafts...)
			return err
		},
	}
	for _, o := range h.cfg.OIDC {
		p := signin.Provider{Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, TrustEmail: o.TrustEmail}
		if o.ClientSecretFile != "" {
			secret, err := os.ReadFile(o.ClientSecretFile)
			if err != nil {
				return fmt.Errorf("oidc %s: client_secret_file: %w", o.Name, err)
			}
			p.ClientSecret = strings.TrimSpace(string(secret))
		}
		cfg.OIDC = append(cfg.OIDC, p)
	}
	if h.signIn, err = signin.New(cfg); err != nil {
		return err
	}
	h.Views.OnEntry(h.signIn.Entry)
	if h.nodes != nil {
		h.shareSessions()
	}
	return nil
}

// shareSessions has a browser that signed in at one node be known at the others.
func (h *Hub) shareSessions() {
	const topic = "sessions"
	sessions, member := h.signIn.Sessions, h.nodes.member
	sessions.Elsewhere(func(word []byte) { member.Word(h.ended, topic, word) })
	member.OnWord(topic, func(word []byte) {
		if err := sessions.Hear(word); err != nil {
			h.cfg.Logger.Warn("another node's word about sessions is not understood", "error", err)
		}
	})
}

// origin is the hub's address as people type it. Browsers make passkeys for
// names, not for addresses: on loopback that is localhost.
func (h *Hub) origin() string {
	if h.cfg.PublicURL != "" {
		return strings.TrimSuffix(h.cfg.PublicURL, "/")
	}
	url := h.URL()
	if at, err := netip.ParseAddrPort(h.listener.Addr().String()); err == nil && (at.Addr().IsLoopback() || at.Addr().IsUnspecified()) {
		scheme, _, _ := strings.Cut(url, "://")
		return fmt.Sprintf("%s://localhost:%d", scheme, at.Port())
	}
	return url
}
