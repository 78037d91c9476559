package main

import (
	"bytes"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	if len(blocks) != 3 {
		t.Fatalf("the README has %d shell blocks, this test knows of 3", len(blocks))
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
	script := "set -euo pipefail\nmake() { :; }\ntrap 'kill $(jobs -p); wait' EXIT\n"
	ports := newPorts(t)
	for _, b := range blocks {
		block, _, _ := strings.Cut(b, "```")
		script += ports.Replace(block)
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
		"Hospital trust 02", "Provider 03",
		"1 objects taken", "evil.example", `"api_roots"`, `"title":"community"`, `"status":"complete"`, `"success_count":1`, `"name": "A worm"`, `"versions":["2017-05-12T08:00:00.000000Z"]`,
	} {
		if !strings.Contains(strings.ReplaceAll(out.String(), `"name":"A worm"`, `"name": "A worm"`), want) {
			t.Errorf("the session never says %s:\n%s", want, &out)
		}
	}
}

// newPorts gives the addresses of the three nodes other ports, that nobody listens on.
// The session puts each together from its beginning and one digit.
func newPorts(t *testing.T) *strings.Replacer {
	t.Helper()
	var pairs []string
	for _, tens := range []string{"844", "845", "847", "848"} {
		pairs = append(pairs, "127.0.0.1:"+tens, "127.0.0.1:"+unusedTens(t))
	}
	return strings.NewReplacer(pairs...)
}

// unusedTens finds three ports with the same beginning, on which nobody listens, nor
// where nodes and DNS over TLS are beside them.
func unusedTens(t *testing.T) string {
	t.Helper()
	for range 1000 {
		tens, listening := 2000+rand.IntN(3000), false
		for _, beside := range []int{1, 2, 3, 101, 102, 103, 401, 402, 403} {
			l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(tens*10+beside))
			if listening = err != nil; listening {
				break
			}
			_ = l.Close()
		}
		if !listening {
			return strconv.Itoa(tens)
		}
	}
	t.Fatal("there are no free ports")
	return ""
}
