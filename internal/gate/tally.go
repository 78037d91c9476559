package gate

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// tally sums up credentials that were refused: strangers must not be able to
// fill the ledger.
type tally struct {
	mu       sync.Mutex
	reported time.Time
	since    access.Refusal
}

const reportEvery = time.Minute

// add counts one, and gives the sum when it is to be told.
func (t *tally) add(address string, waited bool, now time.Time) (sum access.Refusal, due bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since.Address = address
	t.since.Count++
	if waited {
		t.since.Waited++
	}
	if !t.reported.IsZero() && now.Sub(t.reported) < reportEvery {
		return access.Refusal{}, false
	}
	sum, t.since, t.reported = t.since, access.Refusal{}, now
	return sum, true
}

// tell tells of a request that was refused; waited: without a look.
func (g *Gate) tell(r *http.Request, waited bool) {
	if g.Refused == nil {
		return
	}
	address := "unknown" // as of a Unix socket
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		address = at.Addr().Unmap().String()
	}
	if sum, due := g.refused.add(address, waited, time.Now()); due {
		g.Refused(context.WithoutCancel(r.Context()), sum) // who hangs up is told of as well
	}
}
