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
	cfg := documented(t, "configuration.md")
	if len(cfg.Sources) != 1 || len(cfg.OIDC) != 1 || cfg.Limits.Reads.Burst != 20000 || !cfg.ClientCertificates {
		t.Errorf("it reads as %+v", cfg)
	}
	for _, s := range cfg.Sources {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// And so is the source that docs/federation.md shows.
func TestTheDocumentedHub(t *testing.T) {
	cfg := documented(t, "federation.md")
	if len(cfg.Sources) != 1 || cfg.Sources[0].Kind != "hub" || cfg.Sources[0].Communities["banks"] != "finance" {
		t.Fatalf("it reads as %+v", cfg.Sources)
	}
	if err := cfg.Sources[0].Validate(); err != nil {
		t.Error(err)
	}
}

// documented is the configuration that a document shows first.
func documented(t *testing.T, document string) hub.Config {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", document))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```toml\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		t.Fatalf("docs/%s has no TOML", document)
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
	return cfg
}
