package publiclog_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/publiclog"
)

// BenchmarkRecordToCheckpoint is how long after a record is on the ledger a
// checkpoint on disk commits to it, as a hub is configured by default.
func BenchmarkRecordToCheckpoint(b *testing.B) {
	s := open(b, b.TempDir(), func(c *publiclog.Config) { c.Gather, c.Every = 0, 0 })
	var worst time.Duration
	for b.Loop() {
		entries := s.append(3)
		began := time.Now()
		last := entries[len(entries)-1].Seq
		for {
			if at, logged := s.logger.Index(last); logged && at < s.log.Tree().Size {
				break
			}
			time.Sleep(time.Millisecond)
		}
		worst = max(worst, time.Since(began))
	}
	b.ReportMetric(worst.Seconds(), "s-worst")
	b.ReportMetric(2, "s-limit")
}

// BenchmarkRecords is how many records a second get onto the log when many come.
func BenchmarkRecords(b *testing.B) {
	const many = 3000
	s := open(b, b.TempDir(), func(c *publiclog.Config) { c.Gather, c.Every = 0, 0 })
	for b.Loop() {
		entries := s.append(3 * many)
		last := entries[len(entries)-1].Seq
		s.until("they are logged", func() bool { _, logged := s.logger.Index(last); return logged })
	}
	b.ReportMetric(many*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(1000, "records/s-limit")
}
