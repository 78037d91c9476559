package hub

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// logOrigin and the hub's own UUID name its transparency log: two hubs' logs
// are never taken for one.
const logOrigin = "tocsin.invalid/"

// commitEvery is how often the ledger's head is committed to the public log:
// from then on the hub cannot rewrite what came before without being found out.
const commitEvery = 30 * time.Second

// committed is an entry of the public log. The hash commits to every entry of
// the ledger, their number included, and tells nothing of either: a partner
// that could read the number would know how much it was not shown.
type committed struct {
	Hash ledger.Hash `json:"hash"`
	Time time.Time   `json:"time"`
}

func (h *Hub) commitHeads(ctx context.Context) error {
	beat := time.NewTicker(commitEvery)
	defer beat.Stop()
	var last ledger.Seq
	for {
		head, err := h.ledger.Head(ctx)
		if err != nil {
			return err
		}
		if head.Seq > last {
			text, err := json.Marshal(committed{Hash: head.Hash, Time: h.cfg.Clock().UTC()})
			if err != nil {
				return err
			}
			if _, err := h.log.Append(ctx, text); err != nil {
				return err
			}
			last = head.Seq
		}
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
		}
	}
}
