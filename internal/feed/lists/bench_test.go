package lists_test

import (
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/lists"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// large is a set of n domains; every third is exact.
func large(n int) feed.Set {
	ps := make([]protect.Protection, n)
	for i := range ps {
		ps[i] = block(observable.Domain, fmt.Sprintf("c%07d.campaign%d.example", i, i%97), i%1440)
		ps[i].Exact = i%3 == 0
	}
	return effective(ps...)
}

func BenchmarkCompileMillion(b *testing.B) {
	s := large(1_000_000)
	for _, name := range []string{"block.txt", "hosts", "nginx-hosts.map", "squid-domains.acl", "postfix-access", "protections.csv"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var n counter
				if _, err := lists.All[name](&n, s); err != nil {
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
