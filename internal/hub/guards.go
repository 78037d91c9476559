package hub

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// Guards is what the hub lets nobody block, beside what every hub guards.
type Guards struct {
	// WarningLists is a folder of MISP warninglists, NAME/list.json each, such as
	// a copy of that project's repository. It is looked at every minute.
	WarningLists string `toml:"warning_lists"`
	// Popularity is a file of lines "rank,name", as Tranco and Cisco Umbrella
	// publish them, read at the start: automation blocks no name of it up to
	// PopularityRank, 10,000.
	Popularity     string `toml:"popularity"`
	PopularityRank int    `toml:"popularity_rank"`
	// Own are names and addresses that are guarded like the hub's: the community's
	// resolvers, sinkholes elsewhere, other hubs. At most 1,000.
	Own []string `toml:"own"`
}

const (
	defaultPopularityRank = 10_000
	maxOwn                = 1000
)

// Validate says what is wrong with the settings; zero values are not.
func (g Guards) Validate() error {
	if len(g.Own) > maxOwn {
		return fmt.Errorf("guards: own has %d values: at most %d are compared with every value; more belong into a warning list", len(g.Own), maxOwn)
	}
	for _, text := range g.Own {
		if v, err := observable.Host(text); err != nil || v.Text == "" {
			return fmt.Errorf("guards: own %q: use a name or an address, such as resolver.example or 192.0.2.53", text)
		}
	}
	if g.PopularityRank < 0 || g.PopularityRank > warninglist.MaxRank {
		return fmt.Errorf("guards: popularity_rank %d: use a number from 1 to %d", g.PopularityRank, warninglist.MaxRank)
	}
	return nil
}

// openGuards reads the lists. One that is configured and cannot be read keeps the
// hub from starting: it would be without a guard that somebody relies on.
func (h *Hub) openGuards() error {
	h.guards = append(protect.DefaultGuards(), h.own())
	if dir := h.cfg.Guards.WarningLists; dir != "" {
		folder, problems, err := warninglist.Open(dir)
		if err != nil {
			return err
		}
		h.tellProblems(problems)
		h.warningLists = folder
		h.guards = append(h.guards, protect.WarningLists{Lists: folder})
	}
	if path := h.cfg.Guards.Popularity; path != "" {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("read popularity list: %w", err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		rank := h.cfg.Guards.PopularityRank
		if rank == 0 {
			rank = defaultPopularityRank
		}
		ranks, problems, err := warninglist.ReadRanks(f, rank)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		h.tellProblems(problems)
		h.guards = append(h.guards, protect.Popular{Ranks: ranks})
	}
	return nil
}

// own has the hub guard its own addresses: a recall must reach everyone.
func (h *Hub) own() protect.Own {
	own := protect.Own{}
	hosts := slices.Clone(h.cfg.Guards.Own)
	for _, text := range append([]string{h.cfg.Listen, h.cfg.DNSListen}, h.cfg.Notify...) {
		if at, err := netip.ParseAddrPort(text); err == nil && !at.Addr().IsUnspecified() {
			hosts = append(hosts, at.Addr().String())
		}
	}
	if at, err := url.Parse(h.cfg.PublicURL); err == nil && at.Hostname() != "" {
		hosts = append(hosts, at.Hostname())
	}
	for _, host := range hosts {
		v, err := observable.Host(host)
		if err != nil {
			continue // validated: only the public address may be what no block can name
		}
		if p, ok := v.Prefix(); ok {
			own.Addresses = append(own.Addresses, p.Addr())
		} else {
			own.Names = append(own.Names, v.Text)
		}
	}
	return own
}

// followWarningLists reads the lists again when they have changed, and takes back
// what they speak against.
func (h *Hub) followWarningLists(ctx context.Context) error {
	if h.warningLists == nil {
		return nil
	}
	beat := time.NewTicker(time.Minute)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
		}
		changed, problems, err := h.warningLists.Reload()
		if err != nil {
			h.cfg.Logger.Warn("the warning lists cannot be read again; those read before hold", "error", err)
		}
		if changed {
			h.tellProblems(problems)
			h.Views.Protect.Reconsider()
		}
	}
}

func (h *Hub) tellProblems(p warninglist.Problems) {
	if p.Any() {
		h.cfg.Logger.Warn("parts of the guard lists say nothing", "problems", p.String())
	}
}
