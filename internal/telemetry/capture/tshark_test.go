package capture_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

// TShark sees the same names, fingerprints and requests.
func TestTShark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("SKIPPED: tshark is not installed, so captures were not compared with what it sees")
	}
	f := newFilm(t)
	f.udp(client, resolver, query("www.evil.example.", 1))
	f.udp(resolver, client, answer("www.evil.example.", 1))
	over := f.connect(client, resolver)
	over.ask(framed(query("tcp.evil.example.", 2)), 9)
	over.reply(framed(nxdomain("tcp.evil.example.", 2)), 0)
	for i, name := range []string{"a.example", "b.example"} {
		config := tlsClient(name)
		if i == 1 {
			config.MaxVersion, config.NextProtos = 0x0303, []string{"h2", "http/1.1"}
		}
		up, down := shakeHands(t, config)
		k := f.connect(netip.AddrPortFrom(client.Addr(), 40000+uint16(i)), server)
		k.ask(up[:5+int(up[3])<<8+int(up[4])], 400)
		k.reply(down[:5+int(down[3])<<8+int(down[4])], 0)
	}
	k := f.connect(client, web)
	k.ask(fmt.Appendf(nil, post+get, 3, "abc", 2), 50)

	for name, file := range map[string][]byte{"x.pcap": f.pcap(0), "x.pcapng": f.pcapng()} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), tshark, "-n", "-r", path, "-T", "fields", "-E", "aggregator= ",
			"-e", "dns.qry.name", "-e", "dns.a", "-e", "dns.aaaa", "-e", "dns.cname", "-e", "tls.handshake.extensions_server_name",
			"-e", "tls.handshake.ja3", "-e", "tls.handshake.ja3s", "-e", "http.request.full_uri")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("tshark: %v", err)
		}
		want := strings.Fields(strings.ToLower(string(out)))
		events, _ := read(t, file, capture.Options{})
		var got []string
		for _, e := range events {
			for _, s := range e.Observables {
				switch s.Field {
				case "dns.rrname", "dns.answers.rdata", "tls.sni", "tls.ja3.hash", "tls.ja3s.hash", "http.url":
					got = append(got, s.Text)
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || len(got) < 15 {
			t.Errorf("%s (-tshark +ours):\n%s", name, diff)
		}
	}
}
