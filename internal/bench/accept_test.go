package bench

import (
	"bytes"
	"fmt"
	"os/exec"
	"time"

	"github.com/go-json-experiment/json"
)

// acceptance measures how fast envelopes are acknowledged on a new hub, each way
// in on one of its own, and what it costs to send them again.
func (r *run) acceptance() {
	r.Helper()
	envelopes := min(r.objects, 100_000) / envelopeSize
	for _, way := range []struct{ name, metric, media string }{
		{"TAXII", "accept-taxii", taxiiMedia},
		{"/api/v1/contributions", "accept-api", "application/stix+json"},
	} {
		h := r.newHub()
		_, token := h.partner("Partner One", "contributor")
		path, bundle := "/api/v1/contributions", true
		if way.media == taxiiMedia {
			path, bundle = h.as(token).community()+"objects/", false
		}
		what := load{Address: h.address(), Path: path, Media: way.media, Token: token, Bundle: bundle, Seed: 1, Envelopes: envelopes}
		r.loader.prepare(what)
		before := processorOf(r, h.pid())
		var fresh sent
		r.profiled(h, way.metric, func() { fresh = r.loader.send() })
		busy := processorOf(r, h.pid()) - before
		speed := float64(fresh.Objects) / fresh.Seconds
		r.add(figure{what: "accept by " + way.name, unit: "objects/s", metric: way.metric, value: speed, against: 50_000, floor: 1,
			note: fmt.Sprintf("hub %s cores, load generator %s; %s objects per core of the hub", cores(busy, fresh.Seconds), cores(time.Duration(fresh.Own*1e9), fresh.Seconds), amount(float64(fresh.Objects)/busy.Seconds()))})
		if fresh.Waits > 0 {
			r.remark("accept by %s: asked to wait %d times", way.name, fresh.Waits)
		}
		r.sentAgain(h, way.name, way.metric, what, fresh)
	}
}

// sentAgain sends a load once more to a hub that has it: it has to change
// neither the ledger nor any page, and to cost less.
func (r *run) sentAgain(h *hub, name, metric string, what load, fresh sent) {
	r.Helper()
	h.visible(what.Token, synthetic{what.Seed}, what.First, what.Envelopes)
	pages := h.walk(what.Token, nil)
	h.stop()
	head := r.check(h)
	h = startHub(r, h.data, h.probes != "")
	h.ready()
	what.Address, what.Envelopes = h.address(), 0
	r.loader.prepare(what)
	before := processorOf(r, h.pid())
	repeated := r.loader.send()
	busy := processorOf(r, h.pid()) - before
	r.add(figure{what: "the same once more by " + name, unit: "ms an envelope", metric: metric + "-again", value: 1000 * repeated.Seconds / float64(repeated.Objects/envelopeSize),
		against: 1000 * fresh.Seconds / float64(fresh.Objects/envelopeSize), peer: "new", note: fmt.Sprintf("hub %s cores", cores(busy, repeated.Seconds))})
	after := h.walk(what.Token, nil)
	if pages.digest != after.digest || pages.objects != after.objects {
		r.Errorf("what was sent again by %s changed the collection: %d objects, then %d", name, pages.objects, after.objects)
	}
	h.stop()
	if again := r.check(h); again != head {
		r.Errorf("what was sent again by %s changed the ledger: its head was %v, and is %v", name, head, again)
	}
}

// head is where a ledger ends.
type head struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

// check runs `tocsin check` on the data of a hub that is stopped; it has to find
// no damage.
func (r *run) check(h *hub) head {
	r.Helper()
	return h.check()
}

func (h *hub) check() head {
	h.tb.Helper()
	cmd := exec.CommandContext(h.tb.Context(), h.cmd.Path, "check", "--json", "--data", h.data)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		h.tb.Fatalf("tocsin check: %v\n%s%s", err, out, said.Bytes())
	}
	var report struct {
		Entries uint64 `json:"entries"`
		Head    head   `json:"head"`
		Damage  []any  `json:"damage"`
	}
	if err := json.Unmarshal(out, &report, json.MatchCaseInsensitiveNames(true)); err != nil {
		h.tb.Fatalf("tocsin check: %v in %s", err, out)
	}
	if len(report.Damage) > 0 || report.Entries != report.Head.Seq || report.Entries == 0 {
		h.tb.Fatalf("tocsin check: %s", out)
	}
	return report.Head
}
