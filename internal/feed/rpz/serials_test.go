package rpz_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed/rpz"
)

// TestOneSerialOneContent holds for all views together, since a key may come to
// lead to another one.
func TestOneSerialOneContent(t *testing.T) {
	var view atomic.Value
	view.Store("one")
	c := rpz.Config{Addr: "127.0.0.1:0", Dir: t.TempDir(), Keys: func(name string) (string, string, bool) { return key.Secret, view.Load().(string), name == key.Name }}
	s := openWith(t, c)
	publishTo(t, s, "two", block("two.example"))
	publishTo(t, s, "one", block("one.example"))
	content := map[uint32]string{}
	note := func(s *rpz.Server) {
		t.Helper()
		for _, z := range []string{hotZone, zone} {
			records, _ := receive(t, s, axfr(z))
			said := z + fmt.Sprint(short(z, records[1:len(records)-1]))
			serial := records[0].(*dns.SOA).Serial
			if was, known := content[serial]; known && was != said {
				t.Errorf("serial %d is %s and %s", serial, was, said)
			}
			content[serial] = said
		}
	}
	note(s)
	held, _ := receive(t, s, axfr(zone))
	view.Store("two")
	note(s)
	wait(t, "a resolver that followed the other view gets this one", func() bool {
		records, _ := receive(t, s, ixfr(zone, held[0].(*dns.SOA).Serial))
		return strings.Contains(fmt.Sprint(short(zone, records)), "two.example")
	})
	note(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openWith(t, c)
	publishTo(t, s, "two", block("three.example"))
	note(s)
}

// Serials rise over restarts and past the end of their circle (RFC 1982, section
// 3.2), and do so though what is kept of them was restored from a backup.
func TestSerialsOnlyRise(t *testing.T) {
	c := rpz.Config{Addr: "127.0.0.1:0", Dir: t.TempDir(), Serial: 0xfffffffa}
	file := filepath.Join(c.Dir, "serial")
	last := map[string]uint32{zone: c.Serial - 1, hotZone: c.Serial - 1}
	rises := func(s *rpz.Server) {
		t.Helper()
		for z, was := range last {
			serial := ask(t, s, "udp", question(z, dns.TypeSOA)).Answer[0].(*dns.SOA).Serial
			// The cold zone follows a little later.
			if serial == was && z == hotZone || serial-was >= 1<<31 {
				t.Errorf("%s has serial %d after %d", z, serial, was)
			}
			last[z] = serial
		}
	}
	var backup []byte
	for round := range 4 {
		s := openWith(t, c)
		for i := range 3 {
			publish(t, s, block(fmt.Sprintf("%d-%d.example", round, i)))
			rises(s)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		switch round {
		case 0:
			backup, err = os.ReadFile(file)
		case 2:
			err = os.WriteFile(file, backup, 0o600)
			c.Serial = last[hotZone] + 1 // as the clock goes on
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if last[hotZone] >= 0xfffffffa {
		t.Errorf("the circle has not closed: %d", last[hotZone])
	}
}
