package feed_test

import (
	"errors"
	"net/netip"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/feed"
)

func connection() feed.ConnectConfig {
	return feed.ConnectConfig{
		Hub: netip.MustParseAddrPort("192.0.2.53:8453"), Key: "Partner-1.", Secret: "c2VjcmV0IG9mIHRoZSBleGFtcGxl",
		TLS: netip.MustParseAddrPort("192.0.2.53:8853"), TLSName: "dns.tocsin.internal", CA: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		HubURL: "https://hub.example", TokenFile: "/srv/token", Binary: "/usr/bin/tocsin",
		Listen: netip.MustParseAddrPort("127.0.0.1:5310"), Forward: netip.MustParseAddrPort("127.0.0.1:5301"), Dir: "/srv/trial",
	}
}

func TestConnect(t *testing.T) {
	for _, engine := range []string{"bind", "unbound", "pdns-recursor"} {
		for _, form := range []string{"include", "standalone", "dry-run"} {
			standalone := form != "include"
			t.Run(engine+"/"+form, func(t *testing.T) {
				c := connection()
				c.Standalone, c.DryRun = standalone, form == "dry-run"
				files, start, err := feed.Connect(engine, c)
				if err != nil {
					t.Fatal(err)
				}
				for name, text := range files {
					golden(t, path.Join("connect", engine, form, name), []byte(text))
				}
				golden(t, path.Join("connect", engine, form, "start"), []byte(strings.Join(start, "\n")))
			})
		}
	}
}

func TestConnectRefuses(t *testing.T) {
	_, _, err := feed.Connect("unknown", connection())
	if !errors.Is(err, feed.ErrEngine) || !strings.Contains(err.Error(), "bind") {
		t.Errorf("an unknown engine: %v, want the engines that exist", err)
	}
	for want, spoil := range map[string]func(*feed.ConnectConfig){
		"zone":    func(c *feed.ConnectConfig) { c.Zone = `x"; };` },
		"key":     func(c *feed.ConnectConfig) { c.Key = "" },
		"secret":  func(c *feed.ConnectConfig) { c.Secret = `"; include "/etc/passwd` },
		"hub":     func(c *feed.ConnectConfig) { c.Hub = netip.AddrPort{} },
		"listen":  func(c *feed.ConnectConfig) { c.Listen = netip.AddrPort{} },
		"forward": func(c *feed.ConnectConfig) { c.Forward = netip.AddrPort{} },
		"dir":     func(c *feed.ConnectConfig) { c.Dir = "relative" },
		"quotes":  func(c *feed.ConnectConfig) { c.Dir = `/srv/"; };` },
	} {
		c := connection()
		c.Standalone = true
		spoil(&c)
		if _, _, err := feed.Connect("bind", c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("spoiled %s: %v", want, err)
		}
	}
}

// A hub that knows nothing of the standalone form need not fill in its part.
func TestConnectIncludeNeedsNoFolder(t *testing.T) {
	c := connection()
	c.Listen, c.Forward, c.Dir = netip.AddrPort{}, netip.AddrPort{}, ""
	files, start, err := feed.Connect("bind", c)
	if err != nil || start != nil {
		t.Fatal(start, err)
	}
	if diff := cmp.Diff(3, len(files)); diff != "" {
		t.Error(diff)
	}
}
