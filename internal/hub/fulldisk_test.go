package hub_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/hub"
)

// On a real, small disk a hub stops taking before it is full, serves and recalls, and
// goes on when there is room. It needs the right to mount.
func TestASmallDiskFillsUp(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=96m,mode=0700"); err != nil {
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			t.Skipf("a small disk cannot be mounted here: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the hub has closed
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	h := startHub(t, filepath.Join(dir, "data"), func(c *hub.Config) { c.DiskReserve = 32 << 20 })
	_, cert := h.partner("CERT", "government", "GB", "coordinator")
	h.post("/api/v1/protections", cert, map[string]string{"value": "evil.example", "polarity": "block", "reason": "a test"}, http.StatusCreated)
	filler := filepath.Join(dir, "filler")
	fill := func(left uint64) {
		t.Helper()
		space, err := headroom.Measure(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filler, make([]byte, space.Free-min(left, space.Free)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Contributions fill the disk by themselves, until the hub refuses them.
	acknowledged := 0
	for n := 0; ; n++ {
		var list strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&list, "host%d.list%d.example\n", i, n)
		}
		a := h.call(http.MethodPost, "/api/v1/contributions", cert, "text/plain", strings.NewReader(list.String()))
		if a.status == http.StatusServiceUnavailable && strings.Contains(a.body, "disk is nearly full") {
			break
		}
		if a.status == http.StatusServiceUnavailable { // the catalog is behind
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if a.status != http.StatusCreated || n > 200 {
			t.Fatalf("list %d: status %d: %s", n, a.status, a.body)
		}
		acknowledged = n
	}
	if _, err := h.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	space, err := headroom.Measure(dir)
	if err != nil || space.Free == 0 {
		t.Fatalf("the disk is full: %+v, %v", space, err)
	}
	fill(4 << 20) // less than a quarter of the reserve
	h.until("the hub follows its disk", func() bool { return h.metrics(adminToken)["tocsin_accepting"] == "0" })
	h.post("/api/v1/protections/recall", cert, map[string]string{"value": "evil.example", "reason": "a mistake"}, http.StatusOK)
	last := fmt.Sprintf("host4999.list%d.example", acknowledged)
	if a := h.call(http.MethodGet, "/api/v1/search?q="+last, cert, "", nil); a.status != http.StatusOK || !strings.Contains(a.body, last) {
		t.Errorf("what was acknowledged last cannot be found: %d %s", a.status, a.body)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	h.until("the hub follows its disk", func() bool {
		a := h.call(http.MethodPost, "/api/v1/calls", cert, "application/json", strings.NewReader(`{"title":"Analysts wanted"}`))
		return a.status == http.StatusCreated
	})
}
