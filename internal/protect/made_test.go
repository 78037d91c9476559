package protect_test

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// listed is an indicator as its fields; what is missing takes what an ordinary
// one has.
type listed map[string]any

func (l listed) object(id string) jsontext.Value {
	object := listed{
		"type": "indicator", "spec_version": "2.1", "id": id, "created": "2024-01-01T00:00:00Z", "modified": "2024-01-01T00:00:00Z",
		"pattern_type": "stix", "valid_from": "2024-01-01T00:00:00Z",
	}
	for k, v := range l {
		object[k] = v
	}
	text, err := json.Marshal(object, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return text
}

// nth is an indicator's id.
func nth(n int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n) }

func name(text string) listed { return listed{"pattern": "[domain-name:value = '" + text + "']"} }

func (l listed) with(key string, v any) listed {
	l[key] = v
	return l
}

// contribute appends a contribution and gives its entry.
func (h *hub) contribute(partner string, tlp access.TLP, objects ...jsontext.Value) ledger.Entry {
	h.t.Helper()
	return h.contributeAs(partner, access.ToCommunity(tlp), "stix", objects...)
}

func (h *hub) contributeAs(partner string, audience access.Audience, source string, objects ...jsontext.Value) ledger.Entry {
	h.t.Helper()
	h.reports++
	d, err := ledger.NewDraft(contribution.KindAccepted, partner, audience.String(),
		contribution.Part{ID: fmt.Sprintf("contribution--%d", h.reports), Source: source, Objects: objects})
	h.must(err)
	h.append(d)
	return h.entries[len(h.entries)-1]
}

// takeBack withdraws what an entry shared, or narrows it.
func (h *hub) takeBack(e ledger.Entry, object, audience string) {
	h.t.Helper()
	t := contribution.Tightening{Owner: e.Actor, Object: object, Audience: audience, Entries: []ledger.Seq{e.Seq}, Before: []string{e.Audience}}
	if object == "" {
		t.Contribution = "contribution--any"
	}
	d, err := ledger.NewDraft(contribution.KindTightened, e.Actor, "", t)
	h.must(err)
	h.append(d)
}

// canaries makes partners canaries.
func (h *hub) canaries(partners ...string) {
	h.t.Helper()
	for _, p := range partners {
		d, err := ledger.NewDraft(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green).String(),
			access.Partner{ID: access.PartnerID(p), Name: p, Canary: true})
		h.must(err)
		h.append(d)
	}
}

// receipt appends a partner's receipt about what is in force for a value.
func (h *hub) receipt(partner access.PartnerID, text, problem string) {
	h.t.Helper()
	p, _ := h.Get(value(h.t, text))
	d, err := ledger.NewDraft(protect.KindReceipt, string(partner), access.Audience{TLP: access.Red}.String(),
		protect.Receipt{Protection: p.ID, Outlet: "rpz", InForce: problem == "", At: h.now, Problem: problem})
	h.must(err)
	h.append(d)
}

func member(id access.PartnerID) access.Principal {
	return access.Principal{Partner: id, Role: access.Viewer, Communities: []string{access.DefaultCommunity}}
}

// wait lets time pass and the rule act.
func (h *hub) wait(d time.Duration) []ledger.Draft {
	h.t.Helper()
	h.now = h.now.Add(d)
	return h.settle()
}
