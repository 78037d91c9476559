package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/hub"
)

// The configuration that docs/configuration.md shows is one that a hub reads.
func TestTheDocumentedConfiguration(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```toml\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		t.Fatal("docs/configuration.md has no TOML")
	}
	path := filepath.Join(t.TempDir(), "tocsin.toml")
	if err := os.WriteFile(path, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := hub.ReadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if len(cfg.Sources) != 1 || len(cfg.OIDC) != 1 || cfg.Limits.Reads.Burst != 20000 || !cfg.ClientCertificates {
		t.Errorf("it reads as %+v", cfg)
	}
	for _, s := range cfg.Sources {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
	}
}
