package rpz

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// large is a view with a million names in its cold zone.
func large(b *testing.B) *view {
	b.Helper()
	texts := make(map[name]fact[name], 1_000_000)
	for i := range 1_000_000 {
		n := name(fmt.Sprintf("name-%d.part-%d.example", i, i%1000))
		texts[n] = fact[name]{key: n, kind: wide}
	}
	names := sorted(texts)
	serial := uint32(0)
	v := newView(usualPace, 200, func() uint32 { serial++; return serial })
	v.source = newSource(200)
	v.names.begin(names)
	v.mu.Lock()
	v.begin(nil)
	v.mu.Unlock()
	return v
}

func blockOne(i int) protect.Protection {
	return protect.Protection{
		ID: fmt.Sprint("protection--", i), Value: observable.Value{Type: observable.Domain, Text: fmt.Sprintf("new-%d.example", i)},
		Polarity: protect.Block, Status: protect.Active,
	}
}

// BenchmarkHotPublish is one name more, with a million in the cold zone and 1,000
// or 4,000 that are recent. Limit: 3 ms.
func BenchmarkHotPublish(b *testing.B) {
	for _, recent := range []int{1000, 4000} {
		b.Run(fmt.Sprint(recent), func(b *testing.B) {
			v := large(b)
			n := 0
			publish := func() {
				v.publish(feed.Update{Come: []protect.Protection{blockOne(n % (2 * recent))}, Set: func() feed.Set { panic("not asked for") }})
				n++
				v.publish(feed.Update{Gone: []protect.Protection{blockOne(n % (2 * recent))}, Set: func() feed.Set { panic("not asked for") }})
			}
			for range recent {
				publish()
			}
			for b.Loop() {
				publish()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/2, "µs/publish")
			b.ReportMetric(3000, "µs/limit")
		})
	}
}

// BenchmarkColdFollow makes the next cold zone of a million names and 2,000 changes,
// and writes it to disk.
func BenchmarkColdFollow(b *testing.B) {
	v := large(b)
	path := b.TempDir() + "/zone"
	n := 0
	for b.Loop() {
		b.StopTimer()
		var u feed.Update
		for range 2000 {
			u.Come = append(u.Come, blockOne(n))
			n++
		}
		v.publish(u)
		b.StartTimer()
		v.follow(func(z *stored) {
			if err := z.write(path); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkAXFR streams a zone of a million names, signed, to a reader that throws
// it away.
func BenchmarkAXFR(b *testing.B) {
	v := large(b)
	s := &Server{ttl: 60, keys: func(string) (string, string, bool) { return "c2VjcmV0", "", true }}
	q := new(dns.Msg).SetAxfr("tocsin.rpz.").SetTsig("key.", dns.HmacSHA256, 300, time.Now().Unix())
	for b.Loop() {
		w := &discard{}
		s.stream(w, q, "tocsin.rpz.", v.cold.version(), nil, &s.counters.full)
		b.SetBytes(w.bytes)
	}
}

type discard struct {
	dns.ResponseWriter
	bytes int64
}

func (d *discard) Write(m []byte) (int, error) {
	d.bytes += int64(len(m))
	return io.Discard.Write(m)
}

func (d *discard) RemoteAddr() net.Addr { return &net.TCPAddr{} }
func (d *discard) Close() error         { return nil }
