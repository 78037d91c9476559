package pull_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/pull"
)

func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	write := func(text string) {
		if err := os.WriteFile(token, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x := &texts{text: "evil.example\n"}
	at := served(t, x)
	for _, c := range []struct {
		cfg          pull.Config
		header, want string
	}{
		{pull.Config{Kind: "list", TokenFile: token}, "Authorization", "Bearer s3cret"},
		{pull.Config{Kind: "list", TokenFile: token, TokenHeader: "X-Api-Key"}, "X-Api-Key", "s3cret"},
		{pull.Config{Kind: "list", User: "u", PasswordFile: token}, "Authorization", "Basic dTpzM2NyZXQ="},
		{pull.Config{Kind: "urlhaus", TokenFile: token}, "Auth-Key", "s3cret"},
		{pull.Config{Kind: "misp", TokenFile: token}, "Authorization", "s3cret"},
	} {
		write("s3cret\n")
		c.cfg.Name, c.cfg.URL, c.cfg.Partner = "c", at, "cert"
		h := newHub(t)
		p := h.puller(c.cfg)
		_ = p.Once(t.Context(), "c") // the text is not of every kind
		if got := x.asked[len(x.asked)-1].Get(c.header); got != c.want {
			t.Errorf("%+v: %s is %q, want %q", c.cfg, c.header, got, c.want)
		}
		write("replaced\n")
		_ = p.Once(t.Context(), "c")
		if got := x.asked[len(x.asked)-1].Get(c.header); got == c.want {
			t.Errorf("%+v: a replaced credential is not used", c.cfg)
		}
		asked := len(x.asked)
		for _, bad := range []string{"", "two\nlines\n", strings.Repeat("x", 20_000)} {
			write(bad)
			wantError(t, p.Once(t.Context(), "c"), nil, "credential", token)
		}
		if len(x.asked) != asked {
			t.Error("asked without the credential")
		}
	}
}
