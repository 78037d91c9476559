package edge_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// An edge's own primary serves what is in force, to who has its key, under
// serials that rise; over a restart, too.
func TestTheEdgesOwnZone(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	dir := t.TempDir()
	var serial uint32
	h.decide(block("evil.example"), decision("switch.evil.example", protect.MustResolve, protect.Active))
	for round := range 2 {
		o, err := edge.NewRPZ("127.0.0.1:0", dir, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		r.cfg.Outlets = []edge.Placed{{Outlet: o}}
		r.start()
		r.enforced(2)
		h.until(t, "receipt", func() bool { return h.has("protection--evil.example", true) })
		secret, err := os.ReadFile(filepath.Join(dir, "transfer.key"))
		if err != nil {
			t.Fatal(err)
		}
		zone := transferred(t, o.Addr().String(), strings.TrimSpace(string(secret)))
		for _, want := range []string{"evil.example.tocsin.rpz. CNAME .", "*.evil.example.tocsin.rpz. CNAME .", "switch.evil.example.tocsin.rpz. A 192.0.2.80"} {
			if !strings.Contains(zone.text, want+"\n") {
				t.Errorf("round %d: the zone lacks %q:\n%s", round, want, zone.text)
			}
		}
		if zone.serial < serial {
			t.Errorf("after a restart the serial is %d, and was %d", zone.serial, serial)
		}
		serial = zone.serial
		r.stop()
	}
}

type transferredZone struct {
	text   string
	serial uint32
}

func transferred(t *testing.T, at, secret string) (zone transferredZone) {
	t.Helper()
	ask := new(dns.Msg).SetAxfr("tocsin.rpz.")
	ask.SetTsig(edge.TransferKey, dns.HmacSHA256, 300, time.Now().Unix())
	transfer := dns.Transfer{TsigSecret: map[string]string{edge.TransferKey: secret}}
	parts, err := transfer.In(ask, at)
	if err != nil {
		t.Fatal(err)
	}
	for part := range parts {
		if part.Error != nil {
			t.Fatal(part.Error)
		}
		for _, rr := range part.RR {
			if apex, ok := rr.(*dns.SOA); ok {
				zone.serial = apex.Serial
				continue
			}
			fields := strings.Fields(rr.String())
			zone.text += fields[0] + " " + strings.Join(fields[3:], " ") + "\n"
		}
	}
	return zone
}
