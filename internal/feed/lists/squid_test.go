package lists_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// Squid takes the files of the story without a word. A file with a name beneath
// another it does not.
func TestSquidTakesTheFiles(t *testing.T) {
	squid := engine(t, "squid", "squid")
	dir := folder(t)
	conf := filepath.Join(dir, "squid.conf")
	put(t, conf, strings.ReplaceAll(`
http_port 127.0.0.1:13128
pid_filename none
cache_log DIR/cache.log
access_log none
coredump_dir DIR
acl tocsin_names dstdomain "DIR/squid-domains.acl"
acl tocsin_addresses dst "DIR/squid-addresses.acl"
http_access deny tocsin_names
http_access deny tocsin_addresses
http_access allow all
`, "DIR", dir))
	parse := func() (string, error) {
		out, err := command(t.Context(), squid, "-k", "parse", "-f", conf).CombinedOutput()
		return string(out), err
	}
	putList(t, dir, "squid-domains.acl", story())
	putList(t, dir, "squid-addresses.acl", story())
	if out, err := parse(); err != nil || strings.Contains(out, "WARNING") || strings.Contains(out, "ERROR") {
		t.Errorf("squid: %v\n%s", err, out)
	}
	put(t, filepath.Join(dir, "squid-domains.acl"), "b.evil.example\n.evil.example\n")
	if out, _ := parse(); !strings.Contains(out, "is a subdomain of") {
		t.Errorf("Squid has become easier to please: the compiler need not leave out names beneath others any more\n%s", out)
	}
}
