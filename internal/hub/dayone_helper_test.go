package hub_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/report"
)

// dayOne is a hub on 12 May 2017 whose clock goes by itself and can be put forward.
type dayOne struct {
	*running
	ahead atomic.Int64 // nanoseconds that the hub's clock is before the machine's
	began time.Time
	inbox mailbox
}

// member is a partner with a token.
type member struct{ id, token string }

func newDayOne(t *testing.T) *dayOne {
	t.Helper()
	d := &dayOne{began: time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)}
	d.ahead.Store(int64(d.began.Sub(time.Now())))
	addr, inbox := startMailbox(t)
	d.inbox = inbox
	d.running = startHub(t, "", func(c *hub.Config) {
		c.Clock = d.now
		c.Dial = dial.Config{Allow: []string{"127.0.0.1"}}
		c.Notices = deliver.Config{SMTP: "smtp://" + addr, From: "Tocsin <tocsin@hub.example>"}
	})
	return d
}

func (d *dayOne) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

// at puts the clock forward to so long after the beginning, if it is not later.
func (d *dayOne) at(after time.Duration) {
	if wait := d.began.Add(after).Sub(d.now()); wait > 0 {
		d.ahead.Add(int64(wait))
	}
}

func (d *dayOne) join(name, sector, country, kind, role string) member {
	d.t.Helper()
	var p struct {
		ID string `json:"id"`
	}
	d.decode(d.post("/api/v1/partners", adminToken, map[string]string{"name": name, "sector": sector, "country": country, "kind": kind}, http.StatusCreated), &p)
	return member{p.ID, d.token(p.ID, role)}
}

// reported is a partner's report of hosts that scan for port 445. Each one's began at
// a moment of its own, for who says exactly what another says is its echo.
func (d *dayOne) reported(m member, n int) {
	d.t.Helper()
	first := d.now().Add(-time.Duration(n) * time.Minute).UTC().Format(time.RFC3339Nano)
	last := d.now().UTC().Format(time.RFC3339Nano)
	d.post("/api/v1/sightings", m.token, map[string]any{
		"id": fmt.Sprintf("report-%d", n),
		"sightings": []any{map[string]any{
			"type": "domain-name", "value": "worm.example", "basis": "suspect", "count": 3 + n, "hosts": 3 + n, "first_seen": first, "last_seen": last,
		}},
		"scans": []any{map[string]any{"port": 445, "sources": 4 + n, "contacts": 90 + n, "first_seen": first, "last_seen": last}},
	}, http.StatusCreated)
}

// mailed waits for the mail to an address that says a text; others before it are
// passed over.
func (d *dayOne) mailed(to, text string) {
	d.t.Helper()
	for {
		got := strings.ReplaceAll(next(d.t, d.inbox), "=\r\n", "")
		if strings.Contains(got, "To: <"+to+">") && strings.Contains(got, text) {
			return
		}
	}
}

// report is the incident's as of a moment, zero for now.
func (d *dayOne) report(m member, incident string, asOf time.Time) report.Report {
	d.t.Helper()
	path := "/api/v1/outbreaks/" + incident + "/report"
	if !asOf.IsZero() {
		path += "?as_of=" + asOf.UTC().Format(time.RFC3339Nano)
	}
	var r report.Report
	d.get(path, m.token, &r)
	return r
}

// put sends JSON text and wants the status.
func (d *dayOne) put(method, path, token, mediaType, body string, want int) answer {
	d.t.Helper()
	a := d.call(method, path, token, mediaType, strings.NewReader(body))
	if a.status != want {
		d.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, want, a.body)
	}
	return a
}

// receiver takes signed webhooks once it is up, and counts what it was told.
type receiver struct {
	up   atomic.Bool
	key  *standardwebhooks.Webhook
	told chan notice.Notice
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	var event deliver.Event
	switch {
	case !r.up.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case err != nil || r.key.VerifyIgnoringTimestamp(body, q.Header) != nil /* the hub's clock is of 2017 */ || json.Unmarshal(body, &event) != nil:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		for _, n := range event.Data.Notices {
			r.told <- notice.Notice{ID: n.ID}
		}
	}
}

// subscribe has a hospital told by mail, and by a webhook whose receiver is down; the
// one on call, after a quarter of an hour. A webhook into the hub's own network is refused.
func (d *dayOne) subscribe(m member) *receiver {
	d.t.Helper()
	r := &receiver{told: make(chan notice.Notice, 10_000)}
	server := httptest.NewServer(r)
	d.t.Cleanup(server.Close)
	add := func(want int, channel map[string]any) (added notice.Channel) {
		d.t.Helper()
		a := d.post("/api/v1/channels", m.token, channel, want)
		if want == http.StatusCreated {
			d.decode(a, &added)
		}
		return added
	}
	add(http.StatusBadRequest, map[string]any{"kind": "webhook", "target": "https://10.0.0.1/hook"})
	add(http.StatusCreated, map[string]any{"kind": "mail", "target": "soc@hospital.example"})
	oncall := add(http.StatusCreated, map[string]any{"kind": "mail", "target": "oncall@hospital.example", "standby": true})
	var err error
	if r.key, err = standardwebhooks.NewWebhook(add(http.StatusCreated, map[string]any{"kind": "webhook", "target": server.URL}).Secret); err != nil {
		d.t.Fatal(err)
	}
	d.put("PUT", "/api/v1/escalation", m.token, "application/json", fmt.Sprintf(`{"steps":[{"after":"15m","channels":[%q]}]}`, oncall.ID), http.StatusOK)
	return r
}

// held has the receiver be up and wants every notice of the member told once. A
// channel that failed is tried again after a while: the clock goes on for that.
func (r *receiver) held(d *dayOne, m member) {
	d.t.Helper()
	var list struct {
		Notices []notice.Notice `json:"notices"`
	}
	d.get("/api/v1/notices?limit=1000", m.token, &list)
	r.up.Store(true)
	told := map[string]int{}
	missing := func(n notice.Notice) bool { return told[n.ID] == 0 && n.Acknowledged.IsZero() } // what somebody has read need not come
	for hours := time.Duration(26); slices.ContainsFunc(list.Notices, missing); hours += 4 {
		if hours > 72 {
			d.t.Fatalf("of %+v came %v", list.Notices, told)
		}
		d.at(hours * time.Hour)
		// What sleeps by the machine's clock looks at the hub's again with an entry of its own.
		d.put("PUT", "/api/v1/escalation", m.token, "application/json", `{"steps":[]}`, http.StatusOK)
		for wait := true; wait; {
			select {
			case n := <-r.told:
				told[n.ID]++
			case <-time.After(1500 * time.Millisecond): // deciders are asked each second
				wait = false
			}
		}
	}
	for _, n := range list.Notices {
		if told[n.ID] > 1 || missing(n) {
			d.t.Errorf("notice %s (%s) was told %d times", n.ID, n.Title, told[n.ID])
		}
	}
}
