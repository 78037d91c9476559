package hub

import (
	"context"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/metrics"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// scrape is /metrics. It is for administrators, and for tokens of theirs that open
// nothing else (access.Metrics). That a request comes from this machine says nothing:
// behind a proxy everybody's does.
func (h *Hub) scrape(calls *api.API) http.Handler {
	exposition := h.metrics.Handler()
	return calls.Authenticated(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "metrics are read with GET", http.StatusMethodNotAllowed)
		case !api.Caller(r.Context()).AtLeast(access.Administrator):
			http.Error(w, "metrics are for an administrator's token, such as one with the scope metrics:read", http.StatusForbidden)
		default:
			exposition.ServeHTTP(w, r)
		}
	}))
}

// countPatience is how long a scrape waits for what a stopping hub may not give.
const countPatience = 5 * time.Second

// state is what the hub says of itself: sums over all partners and markings.
func (h *Hub) state() metrics.State {
	ctx, cancel := context.WithTimeout(h.ended, countPatience)
	defer cancel()
	against, _ := h.readiness(ctx)
	progress, _ := h.Views.Progress(ctx) // of a hub that cannot say, readiness tells
	disk := h.guard.State()
	s := metrics.State{
		Entries: uint64(progress.Head), Folded: uint64(progress.Memory), Shown: uint64(progress.Catalog), Backlog: progress.Waiting,
		Followers: h.followers(), LogFailing: h.logger.Failing() != nil,
		DiskFree: disk.Free, DiskReserve: disk.Reserve, Accepting: against == "" && !disk.Low && !h.failing.Load(), Ready: against == "",
	}
	if rebuild, running := h.Views.Rebuild(); running {
		s.RebuildLeft, s.RebuildLeftBytes = rebuild.Left, rebuild.Of-rebuild.Done
	}
	s.Leads = h.Leads()
	if h.nodes != nil {
		s.NodesAway = len(h.nodes.member.Status().Away)
	}
	tally := h.Views.Protect.Tally(h.cfg.Clock())
	s.Blocks, s.Observes, s.Musts = tally.InForce[protect.Block], tally.InForce[protect.Observe], tally.InForce[protect.MustResolve]
	s.Unconfirmed, s.Lagging = tally.Unconfirmed, tally.Lagging
	s.NoticesWaiting, s.ChannelsFailing = h.Views.Notices.Waiting()
	for _, source := range h.sources.Status() {
		if source.Problem != "" {
			s.SourcesFailing++
		}
	}
	dns := h.dns.Stats()
	s.TransfersFull, s.TransfersIncremental, s.DNSRefused = dns.Full, dns.Incremental, dns.Refused
	s.Notified, s.Acknowledged = dns.Notified, dns.Acknowledged
	return s
}
