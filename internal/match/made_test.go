package match_test

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// scrambled is a bijection, so that no two indicators are the same (splitmix64).
func scrambled(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// made is the i-th indicator in the mix of public feeds: 40 % domains of about
// 27 characters, 25 % addresses, 25 % hashes, 8 % URLs, 2 % JA3. salt makes
// others that look alike.
func made(i int, salt uint64) match.Indicator {
	n := scrambled(uint64(i)<<8 | salt)
	ind := match.Indicator{ID: fmt.Sprintf("indicator--%08x-0000-4%03x-8%03x-%012x", uint32(n>>32), n&0xfff, n>>12&0xfff, i)}
	switch mix := i % 100; {
	case mix < 40:
		ind.Value, ind.Subdomains = observable.Value{Type: observable.Domain, Text: fmt.Sprintf("%x.evil%d.example", n&(1<<48-1), n>>52&0xff)}, true
	case mix < 65:
		// A bijection on 24 bits, and 256 networks of them.
		a := uint32(i/100*25+mix-40)*0x9e3779b1 + uint32(salt)<<24
		ind.Value = observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("%d.%d.%d.%d", a>>24, a>>16&255, a>>8&255, a&255)}
	case mix < 90:
		ind.Value = observable.Value{Type: observable.SHA256, Text: fmt.Sprintf("%016x%016x%016x%016x", n, n*3, n*5, n*7)}
	case mix < 98:
		ind.Value = observable.Value{Type: observable.URL, Text: fmt.Sprintf("http://evil%d.example/%x/gate.php", n>>52, n&(1<<48-1))}
	default:
		ind.Value = observable.Value{Type: observable.JA3, Text: fmt.Sprintf("%016x%016x", n, n*3)}
	}
	return ind
}

func madeAll(n int, salt uint64) iter.Seq[match.Indicator] {
	return func(yield func(match.Indicator) bool) {
		for i := range n {
			if !yield(made(i, salt)) {
				return
			}
		}
	}
}

// containing is every value that an indicator naming v can have.
func containing(v observable.Value) []observable.Value {
	all := []observable.Value{v}
	switch v.Type {
	case observable.Domain:
		labels := strings.Split(v.Text, ".")
		for i := 1; i < len(labels); i++ {
			all = append(all, observable.Value{Type: v.Type, Text: strings.Join(labels[i:], ".")})
		}
	case observable.IPv4, observable.IPv6:
		p, _ := v.Prefix()
		shortest, step := 24, 1 // as generated
		if v.Type == observable.IPv6 {
			shortest, step = 32, 16
		}
		for bits := shortest; bits < p.Bits(); bits += step {
			if outer, err := p.Addr().Prefix(bits); err == nil {
				all = append(all, observable.Value{Type: v.Type, Text: outer.String()})
			}
		}
	}
	return all
}

// indicators is how many a benchmark takes: TOCSIN_BENCH_INDICATORS, or ten million.
func indicators(b *testing.B) int {
	text := os.Getenv("TOCSIN_BENCH_INDICATORS")
	if text == "" {
		return 10_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// large is the snapshot of all benchmarks of one run.
var large struct {
	path  string
	built match.Built
}

func largeSnapshot(b *testing.B) string {
	b.Helper()
	if large.path == "" {
		dir, err := os.MkdirTemp("", "match")
		if err != nil {
			b.Fatal(err)
		}
		large.path = filepath.Join(dir, "indicators")
		if large.built, err = match.Build(large.path, madeAll(indicators(b), 0)); err != nil {
			b.Fatal(err)
		}
	}
	return large.path
}

func TestMain(m *testing.M) {
	code := m.Run()
	if large.path != "" {
		_ = os.RemoveAll(filepath.Dir(large.path)) // a folder of temporary files
	}
	os.Exit(code)
}
