// Package ahead reads entries ahead of who takes them: what reading costs (the
// disk, hashes, keys) and what folding costs are paid at the same time.
package ahead

import (
	"iter"
	"sync"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// batchesWaiting is how many batches wait at most, beside the one that is read and
// the one that is taken.
const batchesWaiting = 2

// eachTakes is about what an entry takes in memory beside its body, in bytes.
const eachTakes = 256

type read struct {
	entry ledger.Entry
	err   error
}

// Read yields what the source yields, in its order. The source runs in a goroutine
// of its own, up to four batches of about so many bytes ahead, and has ended when
// the reading has. The source must not use again what it has yielded.
func Read(source iter.Seq2[ledger.Entry, error], batchBytes int) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		var reading sync.WaitGroup
		batches, enough := make(chan []read, batchesWaiting), make(chan struct{})
		defer reading.Wait()
		defer close(enough)
		reading.Go(func() {
			defer close(batches)
			gather(source, batchBytes, batches, enough)
		})
		for batch := range batches {
			for _, r := range batch {
				if !yield(r.entry, r.err) {
					return
				}
			}
		}
	}
}

func gather(source iter.Seq2[ledger.Entry, error], batchBytes int, batches chan<- []read, enough <-chan struct{}) {
	var batch []read
	bytes := 0
	hand := func() bool {
		select {
		case batches <- batch:
			batch, bytes = nil, 0
			return true
		case <-enough:
			return false
		}
	}
	for e, err := range source {
		batch = append(batch, read{e, err})
		if bytes += eachTakes + len(e.Body); bytes >= batchBytes && !hand() {
			return
		}
	}
	if len(batch) > 0 {
		hand()
	}
}
