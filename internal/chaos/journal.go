package main

import (
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/chaos/history"
)

// journal is the history while it is written. It is kept by this process, which
// nothing is done to.
type journal struct {
	began time.Time

	mu      sync.Mutex
	h       history.History
	acks    int
	defects int // what the hubs did that they may not do, beside what the history shows
}

func newJournal() *journal { return &journal{began: time.Now()} }

// now is a moment of the journal's clock, which does not go back.
func (j *journal) now() history.Moment { return history.Moment(time.Since(j.began)) + 1 }

// sent notes a write before it is sent for the first time.
func (j *journal) sent(w history.Write) (number int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	w.Invoked = j.now()
	j.h.Writes = append(j.h.Writes, w)
	return len(j.h.Writes) - 1
}

// acked notes that it was acknowledged.
func (j *journal) acked(number int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.h.Writes[number].Acked = j.now()
	j.acks++
}

func (j *journal) answered() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.acks
}

// read notes a version that was answered to a read which was sent at r.Invoked.
func (j *journal) read(r history.Read) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Answered = j.now()
	j.h.Reads = append(j.h.Reads, r)
}

// follow notes what a reader of the stream was told, as far as it was.
func (j *journal) follow(r history.Reading) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.h.Readings = append(j.h.Readings, r)
}

func (j *journal) due(e history.Effect) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.h.Due = append(j.h.Due, e)
}

// maxSaid is how many defects are said.
const maxSaid = 20

// defect notes what the history does not show: a hub that does not start, that ends
// by itself, that refuses what it may not refuse.
func (j *journal) defect(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.defects++
	if j.defects <= maxSaid {
		say("DEFECT: "+format, args...)
	}
}

// oneWritten is a write that was sent, for whoever wants to read one.
func (j *journal) oneWritten(pick func(int) int) (w history.Write, found bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.h.Writes) == 0 {
		return w, false
	}
	return j.h.Writes[pick(len(j.h.Writes))], true
}

// end gives the history. Nobody writes any more.
func (j *journal) end() (h history.History, defects int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.h, j.defects
}
