package protect_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// limitVerdict is how long all guards together may take about a value, in
// nanoseconds: they are asked when something is decided and again at export.
const limitVerdict = 1500

func BenchmarkVerdict(b *testing.B) {
	guards := allGuards(b)
	r := rand.New(rand.NewPCG(1, 2))
	asked := map[string][]observable.Value{}
	for range 100_000 {
		for kind, text := range map[string]string{
			"name":   fmt.Sprintf("c%d.net%d.%s", r.Uint32(), r.IntN(1e6), []string{"com", "co.uk", "example"}[r.IntN(3)]),
			"addr":   netip.AddrFrom4([4]byte{byte(60 + r.IntN(10)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}).String(),
			"prefix": netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(60 + r.IntN(10)), byte(r.Uint32()), byte(r.Uint32()), 0}), 24).String(),
			"url":    fmt.Sprintf("http://c%d.net%d.example/login", r.Uint32(), r.IntN(1e6)),
			"hash":   fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()),
		} {
			v, err := observable.Infer(text)
			if err != nil {
				b.Fatal(err)
			}
			asked[kind] = append(asked[kind], v)
		}
	}
	for _, kind := range []string{"name", "addr", "prefix", "url", "hash"} {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			values, refused := asked[kind], 0
			for i := 0; b.Loop(); i++ {
				if guard, _ := guards.Verdict(values[i%len(values)]); guard != "" {
					refused++
				}
			}
			b.ReportMetric(limitVerdict, "limit-ns/op")
			b.ReportMetric(float64(refused)/float64(b.N), "refused")
		})
	}
}

// allGuards are the default ones, and each that needs something, with 400,000
// names and ranges in warninglists, 100,000 popular names and 10,000 assets.
func allGuards(b *testing.B) protect.Guards {
	dir := b.TempDir()
	list := func(folder, listType string, n int, entry func(i int) string) {
		entries := make([]string, n)
		for i := range entries {
			entries[i] = `"` + entry(i) + `"`
		}
		text := fmt.Sprintf(`{"name":%q,"type":%q,"list":[%s]}`, folder, listType, strings.Join(entries, ","))
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "list.json"), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	name := func(i int) string { return fmt.Sprintf("site-%d.of-%d.example", i, i/4) }
	list("names", "hostname", 270_000, name)
	list("ranges", "cidr", 130_000, func(i int) string { return fmt.Sprintf("%d.%d.%d.0/25", 20+i/65536, i/256%256, i%256) })
	lists, _, err := warninglist.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	var ranks strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&ranks, "%d,popular-%d.example\n", i+1, i)
	}
	popular, _, err := warninglist.ReadRanks(strings.NewReader(ranks.String()), 100_000)
	if err != nil {
		b.Fatal(err)
	}
	var assets []observable.Value
	for i := range 10_000 {
		assets = append(assets, observable.Value{Type: observable.Domain, Text: fmt.Sprintf("own-%d.example", i)})
	}
	own := protect.Own{Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.53")}, Names: []string{"hub.example"}}
	return append(protect.Guards{protect.NewAssets(assets)}, append(protect.DefaultGuards(), own,
		protect.WarningLists{Lists: lists}, protect.Popular{Ranks: popular}, protect.NewDeclaredAssets())...)
}
