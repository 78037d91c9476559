package jetstream_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/ledgertest"
)

// BenchmarkAppend appends entries with bodies of 1 KiB to a ledger of three
// copies, and beside it, in the same run, on the same nodes, publishes the same
// bytes to a stream of three copies as atomic batches of as many messages as
// there are entries on their way at once: what JetStream can do without a
// ledger on it.
//
// The ratio is the raw stream's time by the ledger's. Three nodes share one
// machine and its disk, and so do both streams.
func BenchmarkAppend(b *testing.B) {
	nodes := startThree(b)
	for _, c := range []struct{ writers, batch int }{{1, 1}, {1, 100}, {64, 1}, {64, 10}} {
		b.Run(fmt.Sprintf("writers=%d/batch=%d", c.writers, c.batch), func(b *testing.B) {
			name := fmt.Sprintf("bench-%d-%d-%s", c.writers, c.batch, nuid.Next()[16:])
			l, err := jetstream.Open(soon(b), nodes[0], jetstream.Options{Name: name})
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			raw := newRaw(b, nodes[0], name+"-raw", c.writers*c.batch)
			ds := make([]ledger.Draft, c.batch)
			for i := range ds {
				ds[i] = ledger.Draft{Kind: "object.added", Actor: "partner-1", Audience: "all", Body: make([]byte, 1<<10)}
			}
			var ledgerTime, rawTime time.Duration
			b.ResetTimer()
			// In short turns, so that a disk that is busy with something
			// else slows both.
			for done := 0; done < b.N; {
				turn := min(b.N-done, 10*c.writers)
				start := time.Now()
				ledgertest.AppendAll(b, l, c.writers, turn, ds)
				ledgerTime += time.Since(start)
				b.StopTimer()
				start = time.Now()
				for range (turn + c.writers - 1) / c.writers {
					raw.publish(b)
				}
				rawTime += time.Since(start)
				b.StartTimer()
				done += turn
			}
			b.ReportMetric(float64(b.N*c.batch)/ledgerTime.Seconds(), "entries/s")
			b.ReportMetric(float64(b.N*c.batch)/rawTime.Seconds(), "raw-entries/s")
			b.ReportMetric(rawTime.Seconds()/ledgerTime.Seconds(), "ratio")
		})
	}
}

// raw is a stream without a ledger on it.
type raw struct {
	conn    *nats.Conn
	subject string
	size    int
}

func newRaw(b *testing.B, node *jetstream.Node, name string, size int) *raw {
	b.Helper()
	conn, err := node.Connect()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(conn.Close)
	r := &raw{conn: conn, subject: "tocsin." + name + ".x", size: size}
	cfg := fmt.Sprintf(`{"name":%q,"subjects":[%q],"storage":"file","num_replicas":3,"allow_atomic":true}`, name, r.subject)
	answer, err := conn.RequestWithContext(soon(b), "$JS.API.STREAM.CREATE."+name, []byte(cfg))
	if err != nil {
		b.Fatal(err, answer)
	}
	for r.tryPublish(b) != nil { // until the stream has a leader
		time.Sleep(20 * time.Millisecond)
	}
	return r
}

func (r *raw) publish(b *testing.B) {
	if err := r.tryPublish(b); err != nil {
		b.Fatal(err)
	}
}

// tryPublish publishes one batch and waits for its acknowledgement.
func (r *raw) tryPublish(b *testing.B) error {
	id := nuid.Next()
	for i := 1; ; i++ {
		m := &nats.Msg{Subject: r.subject, Header: nats.Header{}, Data: make([]byte, 1<<10+100)}
		if r.size > 1 {
			m.Header.Set("Nats-Batch-Id", id)
			m.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i))
		}
		if i < r.size {
			if err := r.conn.PublishMsg(m); err != nil {
				return err
			}
			continue
		}
		if r.size > 1 {
			m.Header.Set("Nats-Batch-Commit", "1")
		}
		answer, err := r.conn.RequestMsgWithContext(soon(b), m)
		if err == nil && !jetstream.Acknowledged(answer.Data) {
			err = fmt.Errorf("not acknowledged: %s", answer.Data)
		}
		return err
	}
}

// BenchmarkStored reads a copy as its files have it: small entries, b.N thousand
// of them.
func BenchmarkStored(b *testing.B) {
	dir := b.TempDir()
	l := openAlone(b, dir, nil)
	ds := make([]ledger.Draft, 1000)
	for i := range ds {
		ds[i] = ledger.Draft{Kind: "sighting.reported", Actor: "partner-1", Audience: "all", Body: make([]byte, 200)}
	}
	for range b.N {
		if _, err := l.Append(context.Background(), ledger.Any, ds...); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	s, err := jetstream.NodeConfig{Dir: dir}.Stored("")
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ResetTimer()
	n := 0
	for _, err := range s.Read(context.Background(), 0) {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	if n != 1000*b.N {
		b.Fatalf("%d entries", n)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
}
