package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestScannersEndToEnd is the first hour with what looks into files: a made-up file
// is found from the push on to the recall, by its hash.
func TestScannersEndToEnd(t *testing.T) {
	for engine, c := range map[string]struct {
		program, file string
		scan          []string // FILE with the rules in it and what is scanned follow
	}{
		"yara":   {"/usr/bin/yara", "tocsin.yar", []string{"yara", "--fail-on-warnings"}},
		"clamav": {"/usr/bin/clamscan", "tocsin.hsb", []string{"clamscan", "--no-summary", "--infected", "--stdout", "-d"}},
	} {
		t.Run(engine, func(t *testing.T) {
			needEngine(t, engine, c.program)
			s, restart := firstHour(t)
			dir, files := filepath.Join(t.TempDir(), engine), t.TempDir()
			state := filepath.Join(t.TempDir(), "state")
			startGroup(t, commandFor([]string{"tocsin", "edge", "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor"), "--state", state,
				"--enforce", "files=" + dir + ",write=" + c.file}))
			thing := map[string]string{}
			for _, name := range []string{"evil", "other", "later"} {
				content := "A made-up file for a test, " + name + ". It does nothing.\n"
				sum := sha256.Sum256([]byte(content))
				thing[name] = hex.EncodeToString(sum[:])
				if err := os.WriteFile(filepath.Join(files, thing[name]), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			thing["beneath"] = thing["evil"]
			story(t, s, restart, "nothing", "found", thing, func(hash string) string {
				rules, file := filepath.Join(dir, c.file), filepath.Join(files, hash)
				if _, err := os.Stat(rules); err != nil {
					return "no rules yet"
				}
				out, err := exec.Command(c.scan[0], append(c.scan[1:], rules, file)...).Output()
				switch {
				case strings.Contains(string(out), hash):
					return "found"
				case err == nil:
					return "nothing"
				}
				return "the scanner fails: " + err.Error()
			})
		})
	}
}
