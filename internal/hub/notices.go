package hub

import (
	"context"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
)

// BulletinKeyFile is, in the data directory, the secret key that bundles for partners
// are signed with.
const BulletinKeyFile = "bulletin.key"

// openNotices makes what sends notices and signs bundles, and has it send.
func (h *Hub) openNotices() error {
	policy, err := h.cfg.Dial.Policy()
	if err != nil {
		return err
	}
	key, err := deliver.LoadKey(filepath.Join(h.cfg.Data, BulletinKeyFile))
	if err != nil {
		return err
	}
	v := h.Views
	h.press = deliver.NewPress(deliver.Views{Access: v.Access, Response: v.Response, Protect: v.Protect, Notices: v.Notices}, key, h.origin())
	worker, err := deliver.New(h.cfg.Notices, deliver.Deps{
		State: v.Notices, Ledger: h.ledger, Policy: policy, Bundle: h.press.Bundle, Hub: h.origin(), Clock: h.cfg.Clock, Logger: h.cfg.Logger,
	})
	if err != nil {
		return err
	}
	v.OnEntry(worker.Entry)
	h.runLeading("send notices", worker.Run)
	return nil
}

// channel says what stands against a channel at this hub, beside its form.
func (h *Hub) channel(ctx context.Context, c notice.Channel) error {
	policy, err := h.cfg.Dial.Policy()
	if err != nil {
		return err
	}
	return h.cfg.Notices.Check(ctx, policy, c)
}
