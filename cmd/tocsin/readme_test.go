package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The README's sessions work by pasting: its shell blocks run one after the
// other, in a directory of their own, against a hub on free ports.
func TestTheReadmeWorksByPasting(t *testing.T) {
	for _, program := range []string{"bash", "curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not here, and the README's session needs it", program)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```sh\n")[1:]
	if len(blocks) != 2 {
		t.Fatalf("the README has %d shell blocks, this test knows of 2", len(blocks))
	}
	tocsin, err := exec.LookPath("tocsin")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(tocsin, filepath.Join(dir, "bin", "tocsin")); err != nil {
		t.Fatal(err)
	}
	// make is a fake: the program is built already. Nothing else is.
	script := "set -euo pipefail\nmake() { :; }\ntrap 'kill %1; wait' EXIT\n"
	for _, b := range blocks {
		block, _, _ := strings.Cut(b, "```")
		script += block
	}
	session := exec.Command("bash", "-c", script)
	session.Dir, session.WaitDelay = dir, 30*time.Second
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	session.Env = append(os.Environ(), "TOCSIN_LISTEN="+address, "TOCSIN_HUB=http://"+address, "TOCSIN_DNS_LISTEN=127.0.0.1:0", "TOCSIN_SINKHOLE=127.0.0.1:0")
	var out bytes.Buffer
	session.Stdout, session.Stderr = &out, &out
	if err := session.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{
		"1 objects taken", "evil.example", `"api_roots"`, `"title":"community"`, `"status":"complete"`, `"success_count":1`, `"name": "A worm"`, `"versions":["2017-05-12T08:00:00.000000Z"]`,
	} {
		if !strings.Contains(strings.ReplaceAll(out.String(), `"name":"A worm"`, `"name": "A worm"`), want) {
			t.Errorf("the session never says %s:\n%s", want, &out)
		}
	}
}
