package match

import "errors"

// Stats says what an index holds, and where.
type Stats struct {
	Indicators int64 `json:"indicators"` // as Len
	Base       int64 `json:"base"`       // in the snapshot
	Added      int64 `json:"added"`      // since
	Removed    int64 `json:"removed"`    // of the snapshot, since
	Superseded int64 `json:"superseded"` // ids, since
	Ranges     int64 `json:"ranges"`     // prefixes
	// BaseBytes are in memory for the snapshot, DeltaBytes for what changed
	// since, without the trie of prefixes: about 50 bytes each.
	BaseBytes  int64 `json:"base_bytes"`
	DeltaBytes int64 `json:"delta_bytes"`
	FileBytes  int64 `json:"file_bytes"` // of the snapshot
	// Unreadable is how often a lookup could not read the part of the
	// snapshot that it needed, and may have missed an indicator: the disk
	// failed or the file was changed. Anything but 0 calls for a new snapshot.
	Unreadable int64 `json:"unreadable"`
}

// Stats are the figures of this moment.
func (x *Index) Stats() Stats {
	x.write.Lock()
	defer x.write.Unlock()
	s := x.now.Load()
	stats := Stats{Indicators: x.count.Load(), Ranges: int64(s.ranges.Size())}
	if s.base != nil {
		stats.Base, stats.BaseBytes, stats.FileBytes = s.base.count, s.base.kept, s.base.size
		stats.Unreadable = s.base.unreadable.Load()
	}
	for _, l := range []*layer{&s.live, s.frozen} {
		if l == nil {
			continue
		}
		stats.Added += int64(l.added.len())
		stats.Removed += int64(l.removed.len())
		stats.Superseded += int64(l.superseded.len())
		stats.DeltaBytes += int64(l.added.bytes() + l.removed.bytes() + l.superseded.bytes() + 8*len(l.ids.slots))
	}
	return stats
}

// Close closes the snapshot. The index may not be used afterwards.
func (x *Index) Close() error {
	x.compacting.Lock()
	defer x.compacting.Unlock()
	s := x.now.Load()
	if s.base == nil {
		return nil
	}
	return s.base.file.Close()
}

// Check reads the whole snapshot and says whether all of it can be read. It
// takes about a second per gigabyte and disturbs nobody.
func (x *Index) Check() error {
	s := x.now.Load()
	if s.base == nil {
		return nil
	}
	m := &merge{state: &state{seed: s.seed, base: s.base, frozen: &layer{removed: newTable(0), superseded: newTable(0)}}}
	var problems []error
	for n := range shards {
		m.data, m.records = m.data[:0], m.records[:0]
		problems = append(problems, m.kept(n))
	}
	return errors.Join(problems...)
}
