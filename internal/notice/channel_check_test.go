package notice

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
)

func policy() dial.Policy {
	return dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, AllowHosts: []string{"chat.partner.example"}}
}

// targets are channels; says is what their refusal says, empty for those that are taken.
var targets = []struct {
	Channel
	says string
}{
	{Channel{Kind: Mail, Target: "duty@partner.example"}, ""},
	{Channel{Kind: Mail, Target: "Duty <duty@partner.example>"}, "not one mail address"},
	{Channel{Kind: Mail, Target: "a@partner.example, b@partner.example"}, "not one mail address"},
	{Channel{Kind: Mail, Target: "duty@partner.example\r\nBcc: x@y.example"}, "not one mail address"},
	{Channel{Kind: Mail, Target: ""}, "not one mail address"},
	{Channel{Kind: Webhook, Target: "https://partner.example/hook?x=1"}, ""},
	{Channel{Kind: Webhook, Target: "http://partner.example/hook"}, "use https"},
	{Channel{Kind: Webhook, Target: "http://10.1.2.3/hook"}, ""},
	{Channel{Kind: Webhook, Target: "http://10.2.2.3/hook"}, "use https"},
	{Channel{Kind: Webhook, Target: "http://CHAT.partner.example./hook"}, ""},
	{Channel{Kind: Webhook, Target: "ftp://partner.example/"}, "not a URL"},
	{Channel{Kind: Webhook, Target: "https:partner.example"}, "not a URL"},
	{Channel{Kind: Webhook, Target: "https://me:pass@partner.example/"}, "user or a password"},
	{Channel{Kind: Webhook, Target: "https://partner.example/#x"}, "fragment"},
	{Channel{Kind: Webhook, Target: "https://partner.example/" + strings.Repeat("x", 2000)}, "bytes"},
	{Channel{Kind: Webhook, Target: "https://partner.example/", Secret: "mine"}, "made by the hub"},
	{Channel{Kind: Slack, Target: "https://hooks.chat.example/services/T0/B0/x"}, ""},
	{Channel{Kind: Slack, Target: "https://hooks.chat.example/", Room: "!r:chat.example"}, "room"},
	{Channel{Kind: Matrix, Target: "https://matrix.example", Room: "!r:matrix.example", Secret: "syt_token"}, ""},
	{Channel{Kind: Matrix, Target: "https://matrix.example", Room: "#r:matrix.example", Secret: "syt_token"}, "alias"},
	{Channel{Kind: Matrix, Target: "https://matrix.example", Room: "!r:matrix.example"}, "access token"},
	{Channel{Kind: Matrix, Target: "https://matrix.example?x", Room: "!r:matrix.example", Secret: "t"}, "query"},
	{Channel{Kind: File, Target: "courier"}, ""},
	{Channel{Kind: File, Target: "../courier"}, "not a word"},
	{Channel{Kind: File, Target: ""}, "not a word"},
	{Channel{Kind: "fax", Target: "1"}, "mail, webhook, slack, matrix, file"},
	{Channel{Kind: File, Target: "x", Name: "a\nb"}, "name"},
	{Channel{Kind: File, Target: "x", Topics: []Topic{"weather"}}, "topics/0"},
	{Channel{Kind: File, Target: "x", MinSeverity: "high"}, "min_severity"},
	{Channel{Kind: File, Target: "x", Digest: Span(time.Second)}, "digest"},
	{Channel{Kind: File, Target: "x", Quiet: &Quiet{From: "1", Until: "2", Zone: "UTC"}}, "quiet"},
}

func TestTargets(t *testing.T) {
	for _, c := range targets {
		err := c.check(policy())
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s %q: %v", c.Kind, c.Target, err)
		case c.says != "" && (!errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s %q: %v, want %q", c.Kind, c.Target, err, c.says)
		}
	}
}

func TestShownChannel(t *testing.T) {
	slack := Channel{Kind: Slack, Target: "https://hooks.chat.example/services/T0/B0/secret", Secret: "x"}.Shown()
	if slack.Target != "https://hooks.chat.example/…" || slack.Secret != "" {
		t.Errorf("a Slack webhook is shown as %+v", slack)
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]string{"90m": "1h30m", "1h": "1h", "30m": "30m", "45s": "45s", "1h0m5s": "1h0m5s", "": "0s", "10m": "10m"} {
		var s Span
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != want {
			t.Errorf("%q: %s, %v, want %s", text, s, err, want)
		}
	}
	var s Span
	if err := s.UnmarshalText([]byte("1 hour")); err == nil {
		t.Error("words are taken")
	}
}
