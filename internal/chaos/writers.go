package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/chaos/history"
)

// object is an indicator as STIX has it; its id is the effect of its contribution.
const object = `{"type":"indicator","spec_version":"2.1","id":"indicator--%[1]s","created":"2017-05-12T08:00:00.000Z",` +
	`"modified":"2017-05-12T08:00:00.000Z","valid_from":"2017-05-12T08:00:00Z","name":"%[2]s","description":"made up","confidence":90,` +
	`"indicator_types":["malicious-activity"],"pattern_type":"stix","pattern":"[domain-name:value = '%[2]s']"}`

// taxiiMedia is the media type of TAXII 2.1, section 1.6.8.
const taxiiMedia = "application/taxii+json;version=2.1"

// contribute sends one indicator of a domain, by the API or by TAXII.
func (s *session) contribute(ctx context.Context, domain, collection string, giveUp bool) bool {
	id := s.uuid()
	one := fmt.Sprintf(object, id, domain)
	q := request{
		method: http.MethodPost, path: "/api/v1/contributions", media: "application/stix+json",
		body: []byte(`{"type":"bundle","id":"bundle--` + id + `","objects":[` + one + `]}`),
	}
	carriedOut := taken
	if collection != "" {
		q.path, q.media, q.body = "/taxii2/default/collections/"+collection+"/objects/", taxiiMedia, []byte(`{"objects":[`+one+`]}`)
		carriedOut = complete
	}
	key := "indicator--" + id
	acked := s.write(ctx, history.Write{Effect: key, Key: key, Version: 1}, q, giveUp, carriedOut)
	if acked && s.rng.IntN(4) == 0 {
		s.readObject(ctx, key)
	}
	return acked
}

// taken says what the API's answer to a change means.
func taken(a answer) (done bool, refused string) {
	switch {
	case a.status == http.StatusOK || a.status == http.StatusCreated:
		return true, ""
	case a.status == http.StatusConflict && strings.Contains(string(a.text), "#key-taken"):
		return true, "" // it was carried out, and the answer is lost
	case a.status == http.StatusConflict && strings.Contains(string(a.text), "#key-under-way"):
		return false, ""
	case a.status >= 500 || a.status == http.StatusTooManyRequests:
		return false, ""
	}
	return false, string(a.text)
}

// complete says what TAXII's status means: section 4.3.
func complete(a answer) (done bool, refused string) {
	var status struct {
		Status  string `json:"status"`
		Success int    `json:"success_count"`
	}
	if a.status != http.StatusAccepted {
		return taken(a)
	}
	if err := json.Unmarshal(a.text, &status); err != nil || status.Status == "complete" && status.Success != 1 {
		return false, string(a.text)
	}
	return status.Status == "complete", ""
}

// contributor contributes, one object after the other, until the context ends.
func (s *session) contributor(ctx context.Context, collection string) {
	for n := 0; ctx.Err() == nil; n++ {
		by := ""
		if n%2 == 1 {
			by = collection
		}
		s.contribute(ctx, fmt.Sprintf("host%d.%s.example", n, s.name), by, s.rng.IntN(5) == 0)
		s.rest(ctx, time.Duration(s.rng.IntN(8))*time.Millisecond)
	}
}

// corroborator has two partners name the same domain, on which the hub decides by
// itself, once.
func corroborator(ctx context.Context, one, two *session) {
	for n := 0; ctx.Err() == nil; n++ {
		domain := fmt.Sprintf("both%d-%s.example", n, one.name)
		if one.contribute(ctx, domain, "", false) && two.contribute(ctx, domain, "", false) {
			one.due(history.Effect{Name: "automatic " + domain + " active", Decides: true})
		}
		one.rest(ctx, time.Duration(one.rng.IntN(60))*time.Millisecond)
	}
}

// decider blocks a few domains of its own, recalls them, and so on; the reason is the
// version. It never gives up: a call that comes late must not come after the next.
func (s *session) decider(ctx context.Context) {
	var versions [4]int
	for ctx.Err() == nil {
		which := s.rng.IntN(len(versions))
		versions[which]++
		version := versions[which]
		value := fmt.Sprintf("decided%d-%s.example", which, s.name)
		q := request{method: http.MethodPost, path: "/api/v1/protections", media: "application/json", key: s.uuid()}
		q.body = fmt.Appendf(nil, `{"value":%q,"polarity":"block","reason":"%d"}`, value, version)
		if version%2 == 0 {
			q.path += "/recall"
			q.body = fmt.Appendf(nil, `{"value":%q,"reason":"%d"}`, value, version)
		}
		w := history.Write{Effect: "decision " + value + " " + strconv.Itoa(version), Decides: true, Key: value, Version: version}
		if s.write(ctx, w, q, false, taken) && s.rng.IntN(3) == 0 {
			s.readDecision(ctx, value)
		}
		s.rest(ctx, time.Duration(s.rng.IntN(20))*time.Millisecond)
	}
}
