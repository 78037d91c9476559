package rpz_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func BenchmarkTmp(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		ps := make([]protect.Protection, n)
		for i := range ps {
			ps[i] = block(fmt.Sprintf("name-%d.sub%d.example", i, i%1000))
		}
		b.Run(fmt.Sprint("effective-", n), func(b *testing.B) {
			for b.Loop() {
				feed.Effective(ps, time.Now())
			}
		})
		b.Run(fmt.Sprint("publish-", n), func(b *testing.B) {
			s := open(b)
			i := uint32(0)
			for b.Loop() {
				i++
				publish(b, s, i, ps[i%2:]...)
			}
		})
	}
}
