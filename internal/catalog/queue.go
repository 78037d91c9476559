package catalog

import (
	"sync"

	"zombiezen.com/go/sqlite"
)

// queue runs statements in their order in a goroutine of its own, while the
// fold goes on to read: half of the time goes into the search index. Nothing
// else may use the connection before end.
type queue struct {
	batch   []statement
	batches chan []statement
	running sync.WaitGroup
	err     error // of the first statement that failed; the rest are not run
}

// statement is a query that yields no rows, with what binds its parameters and,
// or nil, what has to follow on it.
type statement struct {
	query string
	bind  func(*sqlite.Stmt)
	then  func(*sqlite.Conn) error
}

// A batch of statements is handed over at once; so many batches may wait.
const (
	statementsAtOnce = 64
	batchesWaiting   = 64
)

func newQueue(conn *sqlite.Conn) *queue {
	q := &queue{batches: make(chan []statement, batchesWaiting)}
	q.running.Go(func() {
		for batch := range q.batches {
			for _, s := range batch {
				if q.err == nil {
					q.err = s.run(conn)
				}
			}
		}
	})
	return q
}

func (q *queue) add(s statement) {
	if q.batch = append(q.batch, s); len(q.batch) == statementsAtOnce {
		q.flush()
	}
}

func (q *queue) flush() {
	if len(q.batch) > 0 {
		q.batches <- q.batch
		q.batch = make([]statement, 0, statementsAtOnce)
	}
}

// end waits for the statements, and gives the first one's error that failed.
func (q *queue) end() error {
	q.flush()
	close(q.batches)
	q.running.Wait()
	return q.err
}
