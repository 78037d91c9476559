package rules_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed/rules"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func BenchmarkCompileMillion(b *testing.B) {
	names := make([]protect.Protection, 1_000_000)
	for i := range names {
		names[i] = block(observable.Domain, fmt.Sprintf("c%07d.campaign%d.example", i, i%97), i%1440)
	}
	hashes, domains := listed(hashOf(content), 999_999), effective(names...)
	for file, s := range map[string]struct{ hashes bool }{
		"tocsin.hsb": {true}, "tocsin.yar": {true}, "suricata-sha256-blocked.lst": {true},
		"suricata-names-blocked.lst": {false}, "zeek-intel.dat": {false},
	} {
		set := domains
		if s.hashes {
			set = hashes
		}
		b.Run(file, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var n counter
				if _, err := rules.All[file](&n, set); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(n))
			}
		})
	}
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// How long an engine takes to read a list and look at one file with it, beside
// a list of one hash: what starting it costs.
func BenchmarkEngineScans(b *testing.B) {
	yara, clamscan := engine(b, "yara", "yara"), engine(b, "clamscan", "clamav")
	dir := b.TempDir()
	file := saved(b, filepath.Join(dir, "file"), content)
	for _, n := range []int{1, 100_000} {
		s := listed(hashOf(content), n-1)
		for _, one := range []struct {
			name string
			args []string
		}{
			{"yara", []string{yara, written(b, dir, "tocsin.yar", s), file}},
			{"clamscan", []string{clamscan, "--no-summary", "-d", written(b, dir, "tocsin.hsb", s), file}},
		} {
			b.Run(fmt.Sprintf("%s/%d", one.name, n), func(b *testing.B) {
				for b.Loop() {
					cmd := exec.CommandContext(b.Context(), one.args[0], one.args[1:]...)
					out, _ := cmd.CombinedOutput()
					if len(out) == 0 || cmd.ProcessState.ExitCode() > 1 {
						b.Fatalf("%s found nothing: %s", one.name, out)
					}
				}
			})
		}
	}
}
