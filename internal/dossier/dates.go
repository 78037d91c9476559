package dossier

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// leeway is how far the clocks of the hub and of witnesses may be apart.
const leeway = time.Hour

// trustedTimes are when witnesses that the reader trusts have cosigned a
// checkpoint, the earliest first. What others say of the time is worth nothing.
func (v *verifier) trustedTimes(c translog.Cosigned) []time.Time {
	var times []time.Time
	for _, w := range c.Witnesses {
		if slices.Contains(v.trusted.WitnessKeys(), w.Key) {
			times = append(times, w.At)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// quorumAt is when so many trusted witnesses had cosigned a checkpoint as the
// quorum asks for; the zero time if it asks for none.
func (v *verifier) quorumAt(c translog.Cosigned) time.Time {
	if v.trusted.Quorum == nil {
		return time.Time{}
	}
	for _, at := range v.trustedTimes(c) {
		var cosigned []string
		for _, w := range c.Witnesses {
			if !w.At.After(at) {
				cosigned = append(cosigned, w.Key)
			}
		}
		if v.trusted.QuorumMet(cosigned) {
			return at
		}
	}
	return time.Time{}
}

// checkpoints are those of the log whose signatures verify, the oldest first.
func (v *verifier) checkpoints() []translog.Cosigned {
	return append(slices.Clone(v.earlier), *v.checkpoint)
}

// checkDates holds the hub's dates of records against the witnesses': none may
// be of a time at which witnesses had long seen the record, or of one after
// which they have long seen the log without it.
func (v *verifier) checkDates() error {
	if v.trusted == nil {
		return notMade("keys")
	}
	type dated struct {
		size          int64
		first, latest time.Time
	}
	var seen []dated
	for _, c := range v.checkpoints() {
		if times := v.trustedTimes(c); len(times) > 0 {
			seen = append(seen, dated{c.Checkpoint.Size, times[0], times[len(times)-1]})
		}
	}
	next := 0 // the first that holds the record
	for i, index := range v.recordIndexes() {
		for next < len(seen) && seen[next].size <= index {
			next++
		}
		at := v.records[i].opened.Record.At.Time
		if next < len(seen) && at.After(seen[next].latest.Add(leeway)) {
			return fmt.Errorf("record %d is dated %s, and witnesses had seen it by %s", i+1, at.Format(dateLayout), seen[next].latest.Format(dateLayout))
		}
		if next > 0 && at.Before(seen[next-1].first.Add(-leeway)) {
			return fmt.Errorf("record %d is dated %s, and at %s witnesses saw the log without it", i+1, at.Format(dateLayout), seen[next-1].first.Format(dateLayout))
		}
	}
	return nil
}

// seenAt is when the quorum had seen the log with the entry at an index; the
// zero time if no quorum is asked for.
func (v *verifier) seenAt(index int64) time.Time {
	for _, c := range v.checkpoints() {
		if c.Checkpoint.Size > index {
			return v.quorumAt(c)
		}
	}
	return time.Time{}
}
