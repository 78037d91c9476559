package hub

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-project/tocsin/internal/protect"
)

func ruleOf(t *testing.T, lines string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tocsin.toml")
	if err := os.WriteFile(path, []byte("[protect]\n"+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	return ReadConfig(path)
}

// Every key reaches the rule.
func TestTheRulesKeys(t *testing.T) {
	cfg, err := ruleOf(t, `
corroboration = 3
window = "30m"
lifetime = "12h"
must_resolve_lifetime = "168h"
max_per_hour = 500
max_together = 8
hold = { names = "1m", subdomains = "10m", addresses = "2m", prefixes = "-1s", files = "3m" }
`)
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	want := protect.Config{
		Corroboration: 3, Window: 30 * time.Minute, Lifetime: 12 * time.Hour, MustResolveLifetime: 168 * time.Hour, MaxPerHour: 500, MaxTogether: 8,
		Hold: protect.Hold{Names: time.Minute, Subdomains: 10 * time.Minute, Addresses: 2 * time.Minute, Prefixes: -time.Second, Files: 3 * time.Minute},
	}
	if diff := cmp.Diff(want, cfg.Rule.of(protect.Config{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
}

func TestTheRulesKeysThatAreWrong(t *testing.T) {
	for line, part := range map[string]string{
		`corroboration = -1`:                 "corroboration",
		`corroboration = 101`:                "corroboration",
		`window = "30"`:                      "window",
		`window = "1ms"`:                     "window 1ms",
		`lifetime = "-1h"`:                   "lifetime",
		`must_resolve_lifetime = "1000000h"`: "must_resolve_lifetime",
		`max_per_hour = -1`:                  "max_per_hour",
		`max_together = -1`:                  "max_together",
		`hold = { files = "25h" }`:           "files",
		`hold = { urls = "5m" }`:             "unknown key",
		`popularity = 3`:                     "unknown key",
	} {
		cfg, err := ruleOf(t, line)
		if err == nil {
			err = cfg.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, want an error that says %q", line, err, part)
		}
	}
}
