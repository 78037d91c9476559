package views

import (
	"sync"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxReports is how many reports can be looked up; of more the oldest are
// answered as unknown. They stay on the ledger.
const maxReports = 100_000

// Reports knows where the reports on submissions lie. Its methods may be
// called from many goroutines at once.
type Reports struct {
	mu    sync.RWMutex
	at    map[string]ledger.Seq
	order []string
}

func newReports() *Reports {
	return &Reports{at: map[string]ledger.Seq{}}
}

// Apply folds an entry; kinds that are not its own it leaves alone.
func (r *Reports) Apply(e ledger.Entry) error {
	if e.Kind != contribution.KindReported {
		return nil
	}
	return ledger.Fold(e, func(e ledger.Entry, report contribution.Report) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.at[report.ID] = e.Seq
		r.order = append(r.order, report.ID)
		if len(r.order) > maxReports {
			delete(r.at, r.order[0])
			r.order = r.order[1:]
		}
	})
}

// Find is the entry of a report.
func (r *Reports) Find(id string) (ledger.Seq, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	seq, ok := r.at[id]
	return seq, ok
}
