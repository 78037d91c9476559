package feed_test

import (
	"path"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// The engines that read files which an edge writes.
func TestConnectWhatAnEdgeWritesFor(t *testing.T) {
	for _, engine := range []string{"nginx", "squid", "postfix", "yara", "clamav", "suricata", "zeek"} {
		for form, standalone := range map[string]bool{"include": false, "standalone": true} {
			t.Run(engine+"/"+form, func(t *testing.T) {
				c := connection()
				c.HubURL, c.TokenFile, c.Standalone = "http://192.0.2.53:8440", "/etc/tocsin/token", standalone
				files, start, err := feed.Connect(engine, c)
				if err != nil {
					t.Fatal(err)
				}
				for name, text := range files {
					golden(t, path.Join("connect", engine, form, name), []byte(text))
				}
				if standalone != (strings.Join(start, " ") == "sh /srv/trial/start") {
					t.Errorf("it is started with %q", start)
				}
				c.Dir = "/srv/a b"
				if _, _, err := feed.Connect(engine, c); err == nil || !strings.Contains(err.Error(), "dir") {
					t.Errorf("a folder that is two words: %v", err)
				}
			})
		}
	}
}
