package rpz

import "sync/atomic"

// Stats counts what the server has done since New.
type Stats struct {
	Full         uint64 // whole zones sent, for AXFR or for IXFR from an unknown serial
	Incremental  uint64 // IXFR answered with changes
	UpToDate     uint64 // IXFR answered with the SOA alone
	SOA          uint64 // SOA queries answered
	Refused      uint64 // questions inside the zone without the key, or with a bad one
	Answered     uint64 // questions for must-resolve names
	Notified     uint64 // NOTIFY sent, repetitions included
	Acknowledged uint64 // versions that a target has acknowledged
	Waiting      int64  // transfers that wait now for a zone that is being made
}

type counters struct {
	full, incremental, upToDate, soa, refused, answered, notified, acknowledged atomic.Uint64
	waiting                                                                     atomic.Int64
}

// Stats gives the counts.
func (s *Server) Stats() Stats {
	c := &s.counters
	return Stats{
		Full: c.full.Load(), Incremental: c.incremental.Load(), UpToDate: c.upToDate.Load(), SOA: c.soa.Load(),
		Refused: c.refused.Load(), Answered: c.answered.Load(),
		Notified: c.notified.Load(), Acknowledged: c.acknowledged.Load(), Waiting: c.waiting.Load(),
	}
}
