package observable_test

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
)

func TestNew(t *testing.T) {
	sha256 := strings.Repeat("0aB", 21) + "f"
	tests := []struct {
		in       observable.Type
		text     string
		want     observable.Type
		wantText string // "" for an error
	}{
		{observable.Domain, "Evil.EXAMPLE.", observable.Domain, "evil.example"},
		{observable.Domain, " evil.example\t", observable.Domain, "evil.example"},
		{observable.Domain, "_dmarc.evil-1.example", observable.Domain, "_dmarc.evil-1.example"},
		{observable.Domain, "BÜCHER.example", observable.Domain, "xn--bcher-kva.example"},
		{observable.Domain, "_x.bücher.example", observable.Domain, "_x.xn--bcher-kva.example"},
		{observable.Domain, "bücher.r3---sn-x.example", observable.Domain, "xn--bcher-kva.r3---sn-x.example"},
		{observable.Domain, "XN--BCHER-KVA.example", observable.Domain, "xn--bcher-kva.example"},
		{observable.Domain, "evil。example。", observable.Domain, "evil.example"},
		{observable.Domain, "ｅｖｉｌ.example", observable.Domain, "evil.example"},
		{observable.Domain, "localhost", observable.Domain, "localhost"},
		{observable.Domain, strings.Repeat("a", 63) + ".example", observable.Domain, strings.Repeat("a", 63) + ".example"},
		{observable.Domain, strings.Repeat("a", 64) + ".example", "", ""},
		{observable.Domain, "example." + strings.Repeat("a", 64), "", ""},
		{observable.Domain, strings.Repeat("a.", 127), "", "a" + strings.Repeat(".a", 126)},
		{observable.Domain, strings.Repeat("a.", 128), "", ""},
		{observable.Domain, "", "", ""},
		{observable.Domain, ".", "", ""},
		{observable.Domain, ".example", "", ""},
		{observable.Domain, "a..example", "", ""},
		{observable.Domain, "a.example..", "", ""},
		{observable.Domain, "*.example", "", ""},
		{observable.Domain, "a b.example", "", ""},
		{observable.Domain, "evil.example/x", "", ""},
		{observable.Domain, "evil.example:80", "", ""},
		{observable.Domain, "e\x00.example", "", ""},

		{observable.IPv4, "192.0.2.1", observable.IPv4, "192.0.2.1"},
		{observable.IPv6, "192.0.2.1", observable.IPv4, "192.0.2.1"},
		{observable.IPv4, "::ffff:192.0.2.1", observable.IPv4, "192.0.2.1"},
		{observable.IPv4, "::FFFF:c000:0201", observable.IPv4, "192.0.2.1"},
		{observable.IPv4, "2001:0DB8:0000:0000:0000:0000:0000:0001", observable.IPv6, "2001:db8::1"},
		{observable.IPv6, "fe80::1%eth0", observable.IPv6, "fe80::1"},
		{observable.IPv4, "192.0.2.77/24", observable.IPv4, "192.0.2.0/24"},
		{observable.IPv4, "192.0.2.1/32", observable.IPv4, "192.0.2.1"},
		{observable.IPv4, "::ffff:192.0.2.77/120", observable.IPv4, "192.0.2.0/24"},
		{observable.IPv4, "0.0.0.0/0", observable.IPv4, "0.0.0.0/0"},
		{observable.IPv6, "2001:db8::1/128", observable.IPv6, "2001:db8::1"},
		{observable.IPv6, "2001:DB8::1/32", observable.IPv6, "2001:db8::/32"},
		{observable.IPv4, "192.0.2.256", "", ""},
		{observable.IPv4, "192.0.2.01", "", ""},
		{observable.IPv4, "192.0.2.1/33", "", ""},
		{observable.IPv4, "192.0.2.1:80", "", ""},

		{observable.URL, "HTTP://Evil.Example.:80/A?b#c", observable.URL, "http://evil.example/A?b"},
		{observable.URL, "https://evil.example:443", observable.URL, "https://evil.example/"},
		{observable.URL, "http://evil.example:443/", observable.URL, "http://evil.example:443/"},
		{observable.URL, "http://evil.example:/", observable.URL, "http://evil.example/"},
		{observable.URL, "http://evil.example?q", observable.URL, "http://evil.example/?q"},
		{observable.URL, "http://evil.example#f?/", observable.URL, "http://evil.example/"},
		{observable.URL, "http://bücher.example/ü", observable.URL, "http://xn--bcher-kva.example/%C3%BC"},
		{observable.URL, "http://evil.example/%65vil%2f%c3%BC%7e", observable.URL, "http://evil.example/evil%2F%C3%BC~"},
		{observable.URL, `http://evil.example/a b"\`, observable.URL, "http://evil.example/a%20b%22%5C"},
		{observable.URL, "http://evil.example/100%", observable.URL, "http://evil.example/100%25"},
		{observable.URL, "http://evil.example/%%341", observable.URL, "http://evil.example/%2541"},
		{observable.URL, "http://u:p@Evil.example/", observable.URL, "http://u:p@evil.example/"},
		{observable.URL, "http://good.example@evil.example/", observable.URL, "http://good.example@evil.example/"},
		{observable.URL, "http://[2001:DB8:0::1]:8080/", observable.URL, "http://[2001:db8::1]:8080/"},
		{observable.URL, "http://[::ffff:192.0.2.1]/", observable.URL, "http://192.0.2.1/"},
		{observable.URL, "http://evil.example:0080/", observable.URL, "http://evil.example/"},
		{observable.URL, "ftp://evil.example/../x", observable.URL, "ftp://evil.example/../x"},
		{observable.URL, "evil.example/x", "", ""},
		{observable.URL, "http:///x", "", ""},
		{observable.URL, "://evil.example/", "", ""},
		{observable.URL, "1http://evil.example/", "", ""},
		{observable.URL, "http://evil.example:65536/", "", ""},
		{observable.URL, "http://evil.example:x/", "", ""},
		{observable.URL, "http://[evil.example]/", "", ""},
		{observable.URL, "http://[2001:db8::1]x/", "", ""},
		{observable.URL, "http://[2001:db8::1/", "", ""},
		{observable.URL, "http://evil .example/", "", ""},

		{observable.SHA256, strings.ToUpper(sha256), observable.SHA256, strings.ToLower(sha256)},
		{observable.SHA256, sha256[:63], "", ""},
		{observable.SHA256, sha256[:63] + "g", "", ""},
		{observable.MD5, strings.Repeat("AF", 16), observable.MD5, strings.Repeat("af", 16)},
		{observable.SHA1, strings.Repeat("AF", 16), "", ""},
		{"no-such-type", "x", "", ""},
	}
	for _, test := range tests {
		v, err := observable.New(test.in, test.text)
		if (err != nil) != (test.wantText == "") {
			t.Errorf("New(%s, %q) = %v, %v; want %q", test.in, test.text, v, err, test.wantText)
			continue
		}
		if test.want == "" {
			test.want = v.Type
		}
		if v.Text != test.wantText || v.Type != test.want {
			t.Errorf("New(%s, %q) = %v, want %s=%s", test.in, test.text, v, test.want, test.wantText)
		}
	}
}

func TestInfer(t *testing.T) {
	tests := []struct {
		text string
		want observable.Type // "" for an error
	}{
		{"evil.example", observable.Domain},
		{"EVIL.example.", observable.Domain},
		{"deadbeef.example", observable.Domain},
		{"192.0.2.1", observable.IPv4},
		{"192.0.2.0/24", observable.IPv4},
		{"::ffff:192.0.2.1", observable.IPv4},
		{"2001:db8::", observable.IPv6},
		{"2001:db8::/32", observable.IPv6},
		{"https://evil.example", observable.URL},
		{strings.Repeat("Aa", 16), observable.MD5},
		{strings.Repeat("12", 20), observable.SHA1},
		{strings.Repeat("f0", 32), observable.SHA256},
		{"", ""},
		{"localhost", ""},
		{strings.Repeat("f0", 31), ""},
		{"192.0.2.256", ""},
		{"192.0.2", ""},
		{"1.2.3.4.", ""},
		{"evil.example/path", ""},
		{"evil.example:8080", ""},
		{"http:evil.example", ""},
		{"evil example", ""},
	}
	for _, test := range tests {
		v, err := observable.Infer(test.text)
		if v.Type != test.want || (err == nil) != (test.want != "") {
			t.Errorf("Infer(%q) = %v, %v; want %q", test.text, v, err, test.want)
		}
	}
}

func TestHost(t *testing.T) {
	tests := []struct {
		url, want string // as Value.String, "" for none
	}{
		{"http://Evil.example:8080/x@y", "domain-name=evil.example"},
		{"http://u:p@evil.example", "domain-name=evil.example"},
		{"http://192.0.2.1/", "ipv4-addr=192.0.2.1"},
		{"http://[2001:db8::1]:8080/", "ipv6-addr=2001:db8::1"},
	}
	for _, test := range tests {
		v, err := observable.New(observable.URL, test.url)
		if err != nil {
			t.Fatal(err)
		}
		if host, ok := v.Host(); !ok || host.String() != test.want {
			t.Errorf("the host of %s is %v, %v; want %s", test.url, host, ok, test.want)
		}
	}
	if host, ok := (observable.Value{Type: observable.Domain, Text: "evil.example"}).Host(); ok {
		t.Errorf("a domain has the host %v", host)
	}
}

func TestPrefix(t *testing.T) {
	for text, want := range map[string]string{"192.0.2.1": "192.0.2.1/32", "192.0.2.9/24": "192.0.2.0/24", "2001:db8::1": "2001:db8::1/128"} {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := v.Prefix(); !ok || p.String() != want {
			t.Errorf("%s is %v, %v; want %s", text, p, ok, want)
		}
	}
	if p, ok := (observable.Value{Type: observable.Domain, Text: "192.0.2.1"}).Prefix(); ok {
		t.Errorf("a domain is the prefix %v", p)
	}
}

func TestPattern(t *testing.T) {
	tests := map[string]string{
		"evil.example":           "[domain-name:value = 'evil.example']",
		"192.0.2.1":              "[ipv4-addr:value = '192.0.2.1']",
		"192.0.2.0/24":           "[ipv4-addr:value ISSUBSET '192.0.2.0/24']",
		"2001:db8::/32":          "[ipv6-addr:value ISSUBSET '2001:db8::/32']",
		"http://evil.example/'":  `[url:value = 'http://evil.example/\'']`,
		strings.Repeat("0a", 32): "[file:hashes.'SHA-256' = '" + strings.Repeat("0a", 32) + "']",
		strings.Repeat("0a", 20): "[file:hashes.'SHA-1' = '" + strings.Repeat("0a", 20) + "']",
		strings.Repeat("0a", 16): "[file:hashes.MD5 = '" + strings.Repeat("0a", 16) + "']",
	}
	for text, want := range tests {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Pattern(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Addr and New agree on every address, however it is written.
func TestAddr(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address")))
		if rapid.Bool().Draw(t, "mapped") {
			b := a.As16()
			a = netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: b[12], 13: b[13], 14: b[14], 15: b[15]})
		}
		for _, text := range []string{a.String(), a.StringExpanded(), strings.ToUpper(a.String()), a.Unmap().String()} {
			v, err := observable.New(observable.IPv6, text)
			if err != nil || v != observable.Addr(a, text) || v.Text != a.Unmap().String() {
				t.Fatalf("%s: %v, %v", text, v, err)
			}
		}
	})
}

func TestNormalValuesAreNotAllocated(t *testing.T) {
	for _, text := range []string{"www.evil.example", "192.0.2.1", "2001:db8::1", "http://evil.example/x?y", strings.Repeat("0a", 32),
		"tasksche.exe", "file:name=übung.doc", `c:\windows\tasksche.exe`, `\\server\share\x`, "/usr/bin/X", `mutex=Global\A`, "mutex=A", "windows-service=mssecsvc2.0",
		`HKEY_LOCAL_MACHINE\software\x`, "tls:ja3=" + strings.Repeat("0a", 16), exampleJA4, "billing@evil.example", wannaCry, bip173, bip350, strings.ToLower(eip55), monero} {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { v, err = observable.New(v.Type, v.Text) }); n != 0 || err != nil {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}
