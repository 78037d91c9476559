package hub

import (
	"context"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/pull"
)

// openSources makes what pulls from the configured sources.
func (h *Hub) openSources() error {
	policy, err := h.cfg.Dial.Policy()
	if err != nil {
		return err
	}
	h.sources, err = pull.New(h.cfg.Sources, pull.Deps{
		Ledger: h.ledger, Append: h.Views.Append, Read: h.Views.Read, Partner: h.partnerNamed, About: h.Views.Access.Partner, Policy: policy, Logger: h.cfg.Logger,
		Contribute: func(ctx context.Context, owner access.PartnerID, o intake.Outcome) (bool, error) {
			taken, err := h.Views.Contribute(ctx, owner, o)
			return taken.Known, err
		},
		Hub: h.secrets.hub(), Take: h.Views.Take, Has: h.Views.Catalog.HasContribution, Community: h.hasCommunity, Protect: h.Views.Protect, Clock: h.cfg.Clock,
		Settled: func(ctx context.Context) error {
			head, err := h.ledger.Head(ctx)
			if err != nil {
				return err
			}
			return h.Views.WaitCatalog(ctx, head.Seq)
		},
	})
	return err
}

func (h *Hub) hasCommunity(id string) bool {
	return slices.ContainsFunc(h.Views.Access.Communities(), func(c access.Community) bool { return c.ID == id })
}

// partnerNamed finds a partner by id or name; "hub" is the hub itself.
func (h *Hub) partnerNamed(name string) (access.PartnerID, bool) {
	if name == access.Hub {
		return access.Hub, true
	}
	for _, p := range h.Views.Access.Partners() {
		if string(p.ID) == name || p.Name == name {
			return p.ID, true
		}
	}
	return "", false
}
