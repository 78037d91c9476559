package feed_test

import (
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// fed is a connection of an engine that an edge feeds.
func fed() feed.ConnectConfig {
	c := connection()
	c.HubURL, c.TokenFile, c.Binary = "https://hub.example:8440", "/etc/tocsin/it's a token", "/usr/bin/tocsin"
	return c
}

func TestConnectFilters(t *testing.T) {
	for _, engine := range []string{"haproxy", "nft"} {
		for form, standalone := range map[string]bool{"include": false, "standalone": true} {
			c := fed()
			if c.Standalone = standalone; !standalone {
				c.Dir = ""
			}
			files, start, err := feed.Connect(engine, c)
			if err != nil {
				t.Fatal(err)
			}
			want := []string(nil)
			if standalone {
				want = []string{"sh", "/srv/trial/start"}
			}
			if diff := cmp.Diff(want, start); diff != "" {
				t.Errorf("%s %s: start (-want +got):\n%s", engine, form, diff)
			}
			for name, text := range files {
				golden(t, path.Join("connect-filters", engine, form, name), []byte(text))
			}
		}
	}
}

func TestConnectFiltersRefuses(t *testing.T) {
	for want, spoil := range map[string]func(*feed.ConnectConfig){
		"hub":           func(c *feed.ConnectConfig) { c.HubURL = "" },
		"token":         func(c *feed.ConnectConfig) { c.TokenFile = "" },
		"can name":      func(c *feed.ConnectConfig) { c.Dir = "/srv/a,b" },
		"letters":       func(c *feed.ConnectConfig) { c.Dir = "/srv/a b" },
		"too long":      func(c *feed.ConnectConfig) { c.Dir = "/srv/" + strings.Repeat("x", 90) },
		"absolute path": func(c *feed.ConnectConfig) { c.Dir = "trial" },
	} {
		c := fed()
		c.Standalone = true
		spoil(&c)
		if _, _, err := feed.Connect("haproxy", c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("spoiled %s: %v", want, err)
		}
	}
}
