package hub_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// guarded writes a configuration file that has guards.
func guarded(t *testing.T, lines ...string) hub.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tocsin.toml")
	text := "listen = \"127.0.0.1:0\"\ndns_listen = \"127.0.0.1:0\"\nsinkhole = \"127.0.0.1:0\"\npublic_url = \"https://hub.example:8440\"\n[guards]\n" + strings.Join(lines, "\n")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := hub.ReadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data = filepath.Join(t.TempDir(), "data")
	return cfg
}

func TestGuardsOfTheConfiguration(t *testing.T) {
	ranks := filepath.Join(t.TempDir(), "ranks.csv")
	if err := os.WriteFile(ranks, []byte("1,search.example\n2,late.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := guarded(t, `warning_lists = "../warninglist/testdata"`, `popularity = "`+ranks+`"`, `popularity_rank = 1`, `own = ["Resolver.example", "192.0.2.53"]`)
	h, err := hub.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	coordinator := access.Principal{Partner: "identity--cert", Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	for text, want := range map[string]string{
		"x.portal.example": "warning-list", "resolver.example": "hub", "http://192.0.2.53/x": "hub", "192.0.2.0/24": "hub",
		"hub.example": "hub", "evil.test": "", "search.example": "in spite of guard popular", "late.example": "",
	} {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		d, err := h.Views.Protect.Ask(coordinator, protect.Request{Value: v, Polarity: protect.Block, Reason: "a test"}, time.Now())
		var refused *protect.Refused
		switch {
		case errors.As(err, &refused):
			if refused.Guard != want {
				t.Errorf("%s: %v, want guard %q", text, err, want)
			}
		case err != nil || want != "" && !strings.Contains(string(d.Body), want):
			t.Errorf("%s: %s, %v, want %q", text, d.Body, err, want)
		}
	}
}

// A guard that is configured and is not there must not be missed in silence.
func TestGuardsThatCannotBeRead(t *testing.T) {
	for line, part := range map[string]string{
		`warning_lists = "absent"`:    "warning lists",
		`popularity = "absent.csv"`:   "popularity",
		`popularity = "hub.go"`:       "no line is",
		`popularity_rank = -1`:        "popularity_rank",
		`own = ["two words"]`:         "two words",
		`own = ["198.51.100.0/24"]`:   "198.51.100.0/24",
		`own = ["https://a.example"]`: "https://a.example",
	} {
		h, err := hub.Start(t.Context(), guarded(t, line))
		if err == nil {
			h.Close()
		}
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, want an error that says %q", line, err, part)
		}
	}
}
