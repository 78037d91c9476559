package web

import (
	"crypto/rand"
	"slices"
	"sync"
)

// looks are the looks at acts that were not confirmed yet, by reader. A form that is
// sent twice, by a double click, acts once. How much one reader looks at takes nothing
// from another, and one reader's look confirms nothing of another's.
type looks struct {
	mu    sync.Mutex
	open  map[string][]string // by reader, the oldest first
	count int                 // of all readers
}

const (
	maxLooks    = 16     // that are kept of one reader
	maxAllLooks = 16_384 // and of all: a megabyte
)

// look begins a look of a reader's, whose oldest goes where there are too many.
func (l *looks) look(reader string) string {
	key := rand.Text()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		l.open = map[string][]string{}
	}
	if len(l.open[reader]) >= maxLooks {
		l.drop(reader, 0)
	}
	if l.count >= maxAllLooks {
		l.drop(l.busiest(), 0)
	}
	l.open[reader] = append(l.open[reader], key)
	l.count++
	return key
}

// take ends a look; false: the reader has no such look.
func (l *looks) take(reader, key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.open[reader], key)
	if i < 0 {
		return false
	}
	l.drop(reader, i)
	return true
}

func (l *looks) drop(reader string, i int) {
	l.count--
	if l.open[reader] = slices.Delete(l.open[reader], i, i+1); len(l.open[reader]) == 0 {
		delete(l.open, reader)
	}
}

// busiest is a reader of whom most is kept: where there is no room for all, whoever
// looks at most gives way.
func (l *looks) busiest() (most string) {
	for reader, open := range l.open {
		if len(open) > len(l.open[most]) {
			most = reader
		}
	}
	return most
}
