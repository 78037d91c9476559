package hub

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// maxBehind is how many entries the views may lag behind a ready hub's ledger.
const maxBehind = 10_000

// readiness is why this hub is not worth asking now, "" if it is, and what it cannot do
// beside: of that nobody has to ask another hub, so it is ready all the same.
func (h *Hub) readiness(ctx context.Context) (against string, besides []string) {
	behind, err := h.Views.Behind(ctx)
	rebuild, rebuilding := h.Views.Rebuild()
	switch {
	case h.draining.Err() != nil:
		return "the hub is stopping", nil
	case err != nil:
		return "the ledger cannot be read", nil
	case rebuilding:
		return "the views are being rebuilt: " + rebuild.String(), nil
	case behind > maxBehind:
		return "the views are behind the ledger", nil
	}
	if h.logger.Failing() != nil {
		besides = append(besides, "the public log stands still: see the hub's own log")
	}
	switch {
	case h.failing.Load() && h.nodes != nil:
		besides = append(besides, "the ledger takes no entries: see the hub's own log")
	case h.failing.Load():
		besides = append(besides, "the ledger takes no entries: its disk is full or fails, see the hub's own log")
	}
	if h.nodes != nil {
		besides = append(besides, h.nodes.besides()...)
	}
	if disk := h.guard.State(); disk.Low {
		besides = append(besides, "the disk is nearly full: contributions are refused until there is room")
	}
	return "", besides
}

// rebuildHeader is on every answer of a hub whose views are being rebuilt: what it
// says is what has been folded so far, a share of all in per cent.
const rebuildHeader = "Tocsin-Rebuilding"

// incomplete says on answers that they are given from views that are being rebuilt.
func (h *Hub) incomplete(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rebuild, running := h.Views.Rebuild(); running {
			w.Header().Set(rebuildHeader, strconv.Itoa(rebuild.Percent()))
		}
		next.ServeHTTP(w, r)
	})
}

// ready answers whoever distributes requests among hubs, and whoever watches one.
func (h *Hub) ready(w http.ResponseWriter, r *http.Request) {
	against, besides := h.readiness(r.Context())
	if against != "" {
		http.Error(w, "not ready: "+against, http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
	for _, line := range besides {
		fmt.Fprintln(w, line)
	}
}
