package hub_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/stream"
)

const patternID = "indicator--5b0b5a3e-2d3c-4c59-9d5c-6f9a2f9b7a01"

func patternIndicator(id, pattern, modified string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":%q,"created":"2017-05-12T07:43:00.000Z","modified":%q,"indicator_types":["malicious-activity"],"pattern":%q,"pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z"}`,
		id, modified, pattern)
}

// asked is what a sensor records when a host asks for a name.
func asked(host int, at, name string) string {
	return fmt.Sprintf(`{"event_type":"dns",%s,"dest_port":53,"proto":"UDP","dns":{"version":2,"type":"answer","id":1,"flags":"8180","qr":true,"rrname":"%s","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"%s","rrtype":"A","ttl":300,"rdata":"198.51.100.7"}]}}`,
		ends(host, 53, at), name, name)
}

type sightingsOf struct {
	Sightings []struct {
		Basis     string `json:"basis"`
		Count     int    `json:"count"`
		Hosts     int    `json:"hosts"`
		FirstSeen string `json:"first_seen"`
	} `json:"sightings"`
}

// wantSeen waits until a value's sightings add up.
func (r *running) wantSeen(token, value string, count int) (list sightingsOf) {
	r.t.Helper()
	ctx := patience(r.t)
	for {
		list = sightingsOf{}
		r.get("/api/v1/sightings?value="+url.QueryEscape(value), token, &list)
		sum := 0
		for _, s := range list.Sightings {
			sum += s.Count
		}
		if sum == count {
			return list
		}
		if ctx.Err() != nil || sum > count {
			r.t.Fatalf("%s was seen %d times, want %d: %+v", value, sum, count, list)
		}
		time.Sleep(50 * time.Millisecond) // a caller may not ask without end
	}
}

// What one partner contributes is found in another's telemetry: what was seen
// before it was known, what comes after, and nothing once it is taken back.
func TestAnEdgeMatchesWhatPartnersKnow(t *testing.T) {
	h := startHub(t, "")
	_, bank := h.partner("Bank 01", "financial-services", "DE", "contributor")
	_, hospital := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	e := h.edgeOf(hospital, t.TempDir())
	e.sees(asked(1, "10:00", "c2.example"), asked(2, "11:00", "C2.example."), asked(1, "12:00", "good.example"), asked(3, "13:00", "sub.c2.example"))
	h.give(bank, "tlp=green", malware("malware--5b0b5a3e-2d3c-4c59-9d5c-6f9a2f9b7a02", "Example"),
		patternIndicator("indicator--5b0b5a3e-2d3c-4c59-9d5c-6f9a2f9b7a03", "[domain-name:value = 'c2.example']", "2017-05-12T07:43:00.000Z"),
		patternIndicator(patternID, "[domain-name:value LIKE 'late.ex%']", "2017-05-12T07:43:00.000Z"))
	learned := h.backlog(hospital, stream.Mark{}, contribution.KindAccepted+"/indicator")
	if err := e.Learned(patience(t), learned[len(learned)-1].N); err != nil {
		t.Fatal(err)
	}
	past := h.wantSeen(hospital, "c2.example", 2) // a STIX "=" is exact: the name below it is another
	if one := past.Sightings[0]; one.Basis != "indicator" || one.FirstSeen != "2017-05-12T08:10:00Z" {
		t.Errorf("of the past: %+v", one)
	}
	e.sees(asked(4, "14:00", "c2.example"), asked(5, "15:00", "late.example"), asked(5, "16:00", "other.example"))
	h.wantSeen(bank, "c2.example", 3)
	h.wantSeen(bank, "indicator="+patternID, 1)

	var part contribution.Part
	for _, l := range h.backlog(bank, stream.Mark{}, contribution.KindAccepted) {
		if strings.Contains(string(l.Body), "c2.example") {
			h.decode(answer{body: string(l.Body)}, &part)
		}
	}
	h.post("/api/v1/contributions/"+part.ID+"/withdrawal", bank, map[string]string{"reason": "wrong"}, http.StatusNoContent)
	if err := e.Learned(patience(t), learned[len(learned)-1].N+1); err != nil {
		t.Fatal(err)
	}
	e.sees(asked(4, "17:00", "c2.example"), asked(5, "18:00", "late.example"))
	h.wantSeen(bank, "c2.example", 3)
	h.wantSeen(bank, "indicator="+patternID, 1)
}

// What two partners told is found while one of them says it, whoever takes its word
// back: by withdrawing it, or by narrowing who may see it.
func TestAnEdgeKeepsWhatAnotherPartnerStillSays(t *testing.T) {
	h := startHub(t, "")
	_, hospital := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	var told [2]string
	for i := range told {
		_, told[i] = h.partner(fmt.Sprintf("Bank %02d", i), "financial-services", "DE", "contributor")
	}
	for _, c := range []struct {
		name, id     string
		first, other string // the patterns of the two
		level        string // to which the one narrows what it said; empty: withdrawn
	}{
		{"withdrawn", "indicator--5b0b5a3e-2d3c-4c59-9d5c-6f9a2f9b7b01", "[domain-name:value = 'a.example']", "[domain-name:value = 'a.example']", ""},
		{"narrowed", "indicator--5b0b5a3e-2d3c-4c59-9d5c-6f9a2f9b7b02", "[domain-name:value = 'b.example']", "[domain-name:value = 'b.example']", "red"},
		{"another pattern", "indicator--5b0b5a3e-2d3c-4c59-9d5c-6f9a2f9b7b03", "[domain-name:value = 'c.example']", "[domain-name:value IN ('c.example','d.example')]", ""},
	} {
		dir := t.TempDir()
		e := h.edgeOf(hospital, dir)
		for i, pattern := range []string{c.first, c.other} {
			h.give(told[i], "tlp=green", patternIndicator(c.id, pattern, fmt.Sprintf("2017-05-12T07:43:0%d.000Z", i)))
		}
		lines := h.backlog(hospital, stream.Mark{}, contribution.KindAccepted+"/indicator")
		last := lines[len(lines)-1]
		if err := e.Learned(patience(t), last.N); err != nil {
			t.Fatal(err)
		}
		var part contribution.Part
		h.decode(answer{body: string(last.Body)}, &part)
		if c.level == "" {
			h.post("/api/v1/contributions/"+part.ID+"/withdrawal", told[1], map[string]string{"reason": "wrong"}, http.StatusNoContent)
		} else {
			h.post("/api/v1/objects/"+c.id+"/tightening", told[1], map[string]string{"tlp": c.level, "reason": "too wide"}, http.StatusNoContent)
		}
		if err := e.Learned(patience(t), last.N+1); err != nil {
			t.Fatal(err)
		}
		name := c.first[len("[domain-name:value = '") : len(c.first)-2]
		e.sees(asked(4, "14:00", name))
		h.wantSeen(told[0], name, 1)
		if c.name == "another pattern" { // what was said before matches again, what was taken back does not
			e.sees(asked(5, "15:00", "d.example"))
			h.wantSeen(told[0], "d.example", 0)
		}
		e.stop()
	}
}
