package federation

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// recent is how long after the other hub took a report in it still warns of
// something. What is older, as when a hub is followed for the first time, is left.
const recent = 24 * time.Hour

// seen adds a report of what was seen at the other hub's partners, as the word of the
// one that stands for it here: counts and times. What a partner there attached of its
// records, and addresses of its hosts, stay at the other hub.
func (f *Follower) seen(b *batch, line stream.Line) error {
	var r sighting.Report
	err := json.Unmarshal(line.Body, &r)
	if err == nil {
		r, err = sighting.Check(r)
	}
	if err == nil && slices.ContainsFunc(r.Via, func(hub string) bool { return !contribution.IsHub(hub) }) {
		err = fmt.Errorf("/via: %.200q: these are no ids of hubs", r.Via)
	}
	if err != nil {
		b.reject(refusal(line, "no report of sightings: "+err.Error()))
		return nil
	}
	switch {
	case f.cutVia(r.Via):
		b.cut++
		return nil
	case !f.hears(access.TLP(r.TLP)), f.found != nil, f.deps.Clock().Sub(line.Time) > recent:
		b.left += r.Findings()
		return nil
	}
	// Two partners of the other hub may have chosen one id.
	id := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", f.state.hub, line.By, r.ID))
	r.ID, r.Via = fmt.Sprintf("hub-%x", id[:16]), append(slices.Clone(r.Via), f.state.hub)
	// Who speaks is this hub's business, as of any partner.
	from, _ := f.deps.About(f.owner)
	r.Sector, r.Country, r.Organisation, r.Designated = from.Sector, from.Country, from.Organisation, from.Designated
	for i := range r.Sightings {
		r.Sightings[i].Attached = nil
	}
	for i := range r.Scans {
		r.Scans[i].Hosts = nil
	}
	d, err := ledger.NewDraft(sighting.KindReported, string(f.owner), access.ToCommunity(cmp.Or(access.TLP(r.TLP), access.Green)).String(), r)
	if err != nil {
		return &own{err}
	}
	b.add(d)
	return nil
}

// cutVia says whether what came through hubs is not to come this way: it began here
// or came through here; it came through the hub that tells it before; it came through
// too many hubs; or through one that this hub follows itself, which is the better
// witness of its own.
func (f *Follower) cutVia(via []string) bool {
	return len(via) >= contribution.MaxHops || slices.ContainsFunc(via, func(hub string) bool {
		_, followed := f.deps.Peers.ids.Load(hub)
		return hub == f.deps.Hub || hub == f.state.hub || followed
	})
}
