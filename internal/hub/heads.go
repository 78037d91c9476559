package hub

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// logOrigin names the transparency log of a hub that has not been given a name.
const logOrigin = "tocsin.invalid/log"

// commitEvery is how often the ledger's head is committed to the public log:
// from then on the hub cannot rewrite what came before without being found out.
const commitEvery = 30 * time.Second

// committed is an entry of the public log. It tells how many entries the
// ledger has, and commits to all of them; it tells nothing of what they say.
type committed struct {
	Seq  ledger.Seq  `json:"seq"`
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
			text, err := json.Marshal(committed{Seq: head.Seq, Hash: head.Hash, Time: h.cfg.Clock().UTC()})
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
