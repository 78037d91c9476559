package lists_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// What Postfix finds in the tables, key by key, as smtpd asks: a name, and then
// each above it.
func TestPostfixReadsTheTables(t *testing.T) {
	postmap := engine(t, "postmap", "postfix")
	dir := folder(t)
	// postmap needs a configuration to start at all.
	put(t, filepath.Join(dir, "main.cf"), "compatibility_level = 3.6\n")
	putList(t, dir, "postfix-access", story())
	putList(t, dir, "postfix-clients", story())
	table := "hash:" + filepath.Join(dir, "postfix-access")
	if out, err := command(t.Context(), postmap, "-c", dir, table).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("postmap: %v\n%s", err, out)
	}
	for key, want := range map[string]string{
		"evil.example": "REJECT", ".evil.example": "REJECT", "kill.evil.example": "DUNNO", "a.kill.evil.example": "",
		"billing@mail.example": "REJECT", "mail.example": "", "seen.example": "",
	} {
		if got := ask(t, postmap, dir, table, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	clients := "cidr:" + filepath.Join(dir, "postfix-clients")
	for key, want := range map[string]string{"203.0.113.7": "REJECT", "203.0.113.8": "", "198.51.100.15": "REJECT", "2001:db8:bad::1": "REJECT", "192.0.2.80": ""} {
		if got := ask(t, postmap, dir, clients, key); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// ask gives what a table says of a key, "" if nothing: postmap ends with 1 then.
func ask(t *testing.T, postmap, dir, table, key string) string {
	t.Helper()
	cmd := command(t.Context(), postmap, "-c", dir, "-q", key, table)
	out, err := cmd.CombinedOutput()
	if err != nil && (cmd.ProcessState.ExitCode() != 1 || len(out) > 0) {
		t.Fatalf("postmap -q %s: %v\n%s", key, err, out)
	}
	return strings.TrimSpace(string(out))
}
