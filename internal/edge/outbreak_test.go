package edge_test

import (
	"fmt"
	"io"
	"net/netip"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// found are the scans and encryptions that the hub was told, by what they are of.
func (h *fakeHub) found() (scans map[string]sighting.Scan, encryptions map[string]sighting.Encryption, tlp map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	scans, encryptions, tlp = map[string]sighting.Scan{}, map[string]sighting.Encryption{}, map[string]string{}
	for _, r := range h.reports {
		for _, s := range r.Scans {
			key := fmt.Sprintf("%s %d", s.Direction, s.Port)
			scans[key], tlp[key] = s, r.TLP
		}
		for _, e := range r.Encryptions {
			encryptions[e.Extension+e.Note] = e
		}
	}
	return scans, encryptions, tlp
}

// flow is a record of a contact that nobody answered.
func flow(second int, source, target string, port int) string {
	return fmt.Sprintf(`{"timestamp":"2017-05-12T08:%02d:%02d.000000+0000","event_type":"flow","src_ip":%q,"src_port":40000,"dest_ip":%q,"dest_port":%d,"proto":"TCP","flow":{"state":"new","reason":"timeout","pkts_toserver":1,"pkts_toclient":0},"tcp":{"syn":true}}`+"\n",
		second/60, second%60, source, target, port)
}

// What an edge says of scans: whose hosts they are, and the addresses of the
// owner's only if the owner says so; what contacts addresses that nobody uses
// is counted.
func TestScansAreToldByDirection(t *testing.T) {
	for _, open := range []bool{false, true} {
		h := startFakeHub(t)
		r := newRig(t, h)
		r.cfg.Detector.Own = []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}
		r.cfg.Detector.Dark = []netip.Prefix{netip.MustParsePrefix("203.0.113.128/25")}
		r.cfg.Detector.Scanners = []netip.Prefix{netip.MustParsePrefix("203.0.113.8/32")}
		if open {
			r.cfg.Attach = edge.Attach{Fields: []string{edge.ScanSources}, TLP: access.AmberStrict}
		}
		in, out := io.Pipe()
		t.Cleanup(func() { out.Close() })
		r.reads(in)
		r.start()
		lines := uint64(0)
		write := func(line string) {
			if _, err := io.WriteString(out, line); err != nil {
				t.Fatal(err)
			}
			lines++
		}
		for i := range 8 {
			write(flow(i, "203.0.113.7", fmt.Sprintf("198.51.100.%d", 10+i), 445))
			write(flow(i, "203.0.113.8", fmt.Sprintf("198.51.100.%d", 10+i), 22))
			write(flow(i, "192.0.2.9", fmt.Sprintf("203.0.113.%d", 200+i), 3389))
		}
		r.settle(lines)
		r.stop()
		scans, _, tlp := h.found()
		own, others := scans["out 445"], scans["in 3389"]
		if own.Sources != 1 || own.Fresh != 1 || own.Dark != 0 {
			t.Errorf("of the owner's host that scans the hub was told %+v", own)
		}
		if known, told := scans["out 22"]; told {
			t.Errorf("of the owner's vulnerability scanner the hub was told %+v", known)
		}
		if others.Sources != 1 || others.Dark < 3 || len(others.Hosts) != 0 {
			t.Errorf("of the other's host that scans what nobody uses the hub was told %+v", others)
		}
		switch want := netip.MustParseAddr("203.0.113.7"); {
		case open && (len(own.Hosts) != 1 || own.Hosts[0] != want || tlp["out 445"] != string(access.AmberStrict)):
			t.Errorf("the owner lets addresses go under amber+strict, and the hub was told %v under %q", own.Hosts, tlp["out 445"])
		case !open && len(own.Hosts) != 0:
			t.Errorf("the owner lets no address go, and the hub was told %v", own.Hosts)
		}
	}
}

// Sysmon's records of one process that gives many files a new extension, and
// leaves a note in each folder, are told as counts; those of a process that
// packs them are not told.
func TestEncryptionIsTold(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	in, out := io.Pipe()
	t.Cleanup(func() { out.Close() })
	r.cfg.Sensors, r.cfg.Stdin = []sensors.Place{{Kind: sensors.Sysmon, From: "-"}}, in
	r.start()
	lines := uint64(0)
	record := func(second, id int, image, path string) {
		line := fmt.Sprintf(`{"Provider":"Microsoft-Windows-Sysmon","EventID":%d,"UtcTime":"2017-05-12 08:00:%02d.000","ProcessId":"4711","Image":%q,"TargetFilename":%q,"Computer":"ws-07"}`+"\n",
			id, second, image, path)
		if _, err := io.WriteString(out, line); err != nil {
			t.Fatal(err)
		}
		lines++
	}
	kinds := []string{"docx", "xlsx", "jpg", "pdf", "txt"}
	for i := range 40 {
		folder := fmt.Sprintf(`C:\Users\u\d%d\`, i/3)
		path := folder + fmt.Sprintf("f%d.%s", i, kinds[i%len(kinds)])
		record(i, 11, `C:\Windows\made-up.exe`, path+".WNCRY")
		record(i, 23, `C:\Windows\made-up.exe`, path)
		record(i, 11, `C:\Windows\made-up.exe`, folder+"@Please_Read_Me@.txt")
		record(i, 11, `C:\Program Files\packer.exe`, path+".gz")
	}
	r.settle(lines)
	r.stop()
	_, encryptions, _ := h.found()
	// The extension may be told before the note is: it is one finding, told again.
	e := encryptions[".wncry@please_read_me@.txt"]
	delete(encryptions, ".wncry@please_read_me@.txt")
	delete(encryptions, ".wncry")
	if len(encryptions) != 0 || e.Files < 20 || e.Hosts != 1 || e.Folders < 10 {
		t.Errorf("files turned into .wncry, with a note in each folder, were told as %+v, and beside it %+v", e, encryptions)
	}
}
