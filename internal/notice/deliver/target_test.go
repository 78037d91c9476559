package deliver

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func TestChannelsThatThisHubCanServe(t *testing.T) {
	cfg := Config{SMTP: "smtps://mail.example", From: "tocsin@hub.example", Dir: "bundles"}
	policy := dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16")}, AllowHosts: []string{"localhost"}}
	for _, c := range []struct {
		kind   notice.ChannelKind
		target string
		cfg    Config
		policy dial.Policy
		part   string // of the error; empty: it is let pass
	}{
		{notice.Mail, "soc@hospital.example", cfg, policy, ""},
		{notice.Mail, "soc@hospital.example", Config{}, policy, "set smtp"},
		{notice.File, "courier", cfg, policy, ""},
		{notice.File, "courier", Config{}, policy, "set dir"},
		{notice.Webhook, "https://8.8.8.8/hook", cfg, policy, ""},
		{notice.Webhook, "https://hooks.does-not-resolve.invalid/hook", cfg, policy, ""}, // checked when it is dialled
		{notice.Webhook, "http://10.20.1.2/hook", cfg, policy, ""},
		{notice.Webhook, "http://LOCALHOST./hook", cfg, policy, ""},
		{notice.Webhook, "https://localhost/hook", cfg, dial.Policy{}, ""}, // so that nobody learns which names lead into the hub's network
		{notice.Webhook, "https://10.21.1.2/hook", cfg, policy, "10.21.1.2 is private"},
		{notice.Webhook, "https://127.0.0.1:8440/api/v1/partners", cfg, policy, "127.0.0.1 is loopback"},
		{notice.Webhook, "https://[::1]/hook", cfg, policy, "loopback"},
		{notice.Webhook, "https://[::ffff:127.0.0.1]/hook", cfg, policy, "loopback"},
		{notice.Slack, "https://169.254.169.254/latest/meta-data/", cfg, policy, "cloud metadata"},
		{notice.Matrix, "https://0.0.0.0", cfg, policy, "unspecified"},
	} {
		err := c.cfg.Check(t.Context(), c.policy, notice.Channel{Kind: c.kind, Target: c.target})
		switch {
		case c.part == "" && err != nil:
			t.Errorf("%s %s: %v", c.kind, c.target, err)
		case c.part != "" && (!errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), c.part)):
			t.Errorf("%s %s: %v, want it to say %q", c.kind, c.target, err, c.part)
		}
	}
}
