package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

const administrator = "administrator-of-the-test"

// caller speaks HTTP to a hub that may be away.
type caller struct {
	hub, token string
}

// call sends one request and reads the answer to its end; an error means that
// nobody knows what became of it.
func (c caller) call(ctx context.Context, method, path, mediaType, body string) (status int, text []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.hub+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

// ask wants the status, and gives the body.
func (c caller) ask(t *testing.T, method, path, body string, want int) []byte {
	t.Helper()
	mediaType := ""
	if body != "" {
		mediaType = "application/json"
	}
	status, text, err := c.call(t.Context(), method, path, mediaType, body)
	if err != nil || status != want {
		t.Fatalf("%s %s: status %d, %v, want %d: %s", method, path, status, err, want, text)
	}
	return text
}

// partner lets a partner in and gives a caller for each role.
func (c caller) partner(t *testing.T, name, sector, country string, roles ...string) (id string, callers []caller) {
	t.Helper()
	var made struct{ ID string }
	read(t, c.ask(t, http.MethodPost, "/api/v1/partners", fmt.Sprintf(`{"name":%q,"sector":%q,"country":%q,"kind":"operator"}`, name, sector, country), http.StatusCreated), &made)
	for _, role := range roles {
		var issued struct{ ID, Token string }
		read(t, c.ask(t, http.MethodPost, "/api/v1/tokens", fmt.Sprintf(`{"partner":%q,"role":%q}`, made.ID, role), http.StatusCreated), &issued)
		callers = append(callers, caller{c.hub, issued.Token})
	}
	return made.ID, callers
}

func read(t *testing.T, text []byte, out any) {
	t.Helper()
	if err := json.Unmarshal(text, out, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// acknowledged is what the hub said is on disk.
type acknowledged struct {
	mu      sync.Mutex
	objects []string // ids of indicators
	reports []string // ids of reports
	next    chan struct{}
}

func (a *acknowledged) add(object, report string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if object != "" {
		a.objects = append(a.objects, object)
	}
	if report != "" {
		a.reports = append(a.reports, report)
	}
	select {
	case a.next <- struct{}{}:
	default: // nobody counts
	}
}

func (a *acknowledged) snapshot() (objects, reports []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.objects), slices.Clone(a.reports)
}

const someBundle = `{"type":"bundle","id":"bundle--%[1]s","objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--%[1]s",` +
	`"created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","valid_from":"2017-05-12T08:00:00Z",` +
	`"name":"%[2]s","pattern_type":"stix","pattern":"[domain-name:value = '%[2]s']"}]}`

const someReport = `{"id":%q,"sector":"healthcare","country":"GB","sightings":[{"type":"domain-name","value":%q,"basis":"indicator",` +
	`"count":2,"hosts":1,"first_seen":"2017-05-12T08:00:00Z","last_seen":"2017-05-12T08:00:01Z"}]}`

// contribute imports bundles and reports sightings by turns until the context
// ends. What was not acknowledged is sent again, as an edge would.
func contribute(ctx context.Context, t *testing.T, c caller, worker int, done *acknowledged) {
	for n := 0; ctx.Err() == nil; n++ {
		id := fmt.Sprintf("%08x-0000-4000-8000-%012x", worker+1, n+1)
		name := fmt.Sprintf("host%d.worker%d.example", n, worker)
		for _, one := range []struct{ path, media, body, object, report string }{
			{"/api/v1/contributions", "application/stix+json", fmt.Sprintf(someBundle, id, name), "indicator--" + id, ""},
			{"/api/v1/sightings", "application/json", fmt.Sprintf(someReport, id, name), "", id},
		} {
			for ctx.Err() == nil {
				status, text, err := c.call(ctx, http.MethodPost, one.path, one.media, one.body)
				if err == nil && status == http.StatusCreated {
					done.add(one.object, one.report)
					break
				}
				if err == nil && status < 500 {
					t.Errorf("%s: status %d: %s", one.path, status, text)
					return
				}
				time.Sleep(pause) // the hub is away
			}
		}
	}
}

// TestHubSurvivesKill ends a hub with SIGKILL at random moments, some of them
// while it starts, under clients that import and report. After each restart
// all that was acknowledged is there.
func TestHubSurvivesKill(t *testing.T) {
	const workers, kills = 4, 6
	data := filepath.Join(t.TempDir(), "data")
	address, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	launch := func() (*process, error) {
		return launchHub("", []string{"TOCSIN_ADMIN_TOKEN=" + administrator}, data, "--listen", address)
	}
	start := func() (*process, error) { return serving(launch()) }
	p, err := start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { p.kill() }()
	admin := caller{p.url, administrator}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	done := &acknowledged{next: make(chan struct{}, 1)}
	for worker := range workers {
		_, callers := admin.partner(t, fmt.Sprintf("Partner %d", worker), "healthcare", "GB", "contributor")
		wg.Go(func() { contribute(ctx, t, callers[0], worker, done) })
	}
	for round := range kills {
		for range 1 + rand.IntN(20) {
			select {
			case <-done.next:
			case <-time.After(patience):
				t.Fatalf("round %d: nothing is acknowledged\n%s", round, p.log)
			}
		}
		p.kill()
		objects, reports := done.snapshot()
		soundAfter(t, data)
		if round%2 == 1 { // and again while it starts
			q, err := launch()
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(rand.N(300 * time.Millisecond)) // the random moment
			q.kill()
			soundAfter(t, data)
		}
		began := time.Now()
		if p, err = start(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		served := time.Since(began)
		all := remembered(t, admin, objects, reports)
		t.Logf("round %d: %d contributions and %d reports were acknowledged, all are there; %d reports on the ledger; served again after %s", round, len(objects), len(reports), all, served.Round(time.Millisecond))
	}
	cancel()
	wg.Wait()
	sameWhenRebuilt(t, admin, done, data, p, start)
}

// soundAfter runs `tocsin check` on the data of a hub that was killed.
func soundAfter(t *testing.T, data string) {
	t.Helper()
	var out, said bytes.Buffer
	status := run(t.Context(), []string{"check", "--json", "--data", data}, nil, &out, &said)
	var report ledger.Report
	read(t, out.Bytes(), &report)
	if status != statusDone || len(report.Damage) > 0 || report.Entries != uint64(report.Head.Seq) {
		t.Errorf("check after the kill: status %d: %s%s", status, out.Bytes(), said.Bytes())
	}
}

// remembered holds a hub against what it acknowledged: every object by its id
// and by search, every report on the ledger as the change stream releases it.
// It gives the number of reports.
func remembered(t *testing.T, c caller, objects, reports []string) int {
	t.Helper()
	for _, id := range objects {
		if status, text, err := c.call(t.Context(), http.MethodGet, "/api/v1/objects/"+id, "", ""); err != nil || status != http.StatusOK {
			t.Errorf("%s was acknowledged: status %d, %v: %s", id, status, err, text)
		}
	}
	for _, id := range objects[max(0, len(objects)-5):] {
		if text := c.ask(t, http.MethodGet, "/api/v1/search?q="+url.QueryEscape(nameOf(t, c, id)), "", http.StatusOK); !strings.Contains(string(text), id) {
			t.Errorf("%s was acknowledged and is not found: %s", id, text)
		}
	}
	onLedger := map[string]bool{}
	for line := range bytes.Lines(c.ask(t, http.MethodGet, "/api/v1/stream?follow=false&kinds=sighting.reported", "", http.StatusOK)) {
		var entry struct{ Body struct{ ID string } }
		if len(bytes.TrimSpace(line)) > 0 {
			read(t, line, &entry)
			onLedger[entry.Body.ID] = true
		}
	}
	for _, id := range reports {
		if !onLedger[id] {
			t.Errorf("report %s was acknowledged and is not on the ledger", id)
		}
	}
	return len(onLedger)
}

func nameOf(t *testing.T, c caller, id string) string {
	t.Helper()
	var o struct{ Name string }
	read(t, c.ask(t, http.MethodGet, "/api/v1/objects/"+id, "", http.StatusOK), &o)
	return o.Name
}

// sameWhenRebuilt deletes the views: the hub that folds them anew answers a
// fixed set of questions with the same bytes.
func sameWhenRebuilt(t *testing.T, admin caller, done *acknowledged, data string, p *process, start func() (*process, error)) {
	t.Helper()
	id, callers := admin.partner(t, "Agency", "government", "NL", "coordinator", "viewer")
	coordinator, viewer := callers[0], callers[1]
	protect := func(value, polarity string, want int) {
		coordinator.ask(t, http.MethodPost, "/api/v1/protections", fmt.Sprintf(`{"value":%q,"polarity":%q,"reason":"test"}`, value, polarity), want)
	}
	protect("evil.example", "block", http.StatusCreated)
	protect("gone.example", "block", http.StatusCreated)
	protect("killswitch.example", "must-resolve", http.StatusCreated)
	protect("killswitch.example", "block", http.StatusConflict)
	coordinator.ask(t, http.MethodPost, "/api/v1/protections/recall", `{"value":"gone.example","reason":"test"}`, http.StatusOK)
	coordinator.ask(t, http.MethodPost, "/api/v1/actions", fmt.Sprintf(`{"id":"","kind":"patch","title":"Patch MS17-010","asked_of":[%q]}`, id), http.StatusCreated)
	coordinator.ask(t, http.MethodPost, "/api/v1/cases", fmt.Sprintf(`{"id":"","question":"Who?","policy":"all of [%s]","hypotheses":[{"id":"lazarus","title":"Lazarus"}]}`, id), http.StatusCreated)

	questions := []string{
		"/partners", "/protections", "/protections/refusals", "/protections/why?value=killswitch.example", "/protections/why?value=gone.example",
		"/outbreaks", "/actions", "/cases", "/communities", "/search?q=worker0.example&limit=200", "/search?q=indicator&limit=200", "/search?q=host1&limit=10",
	}
	objects, _ := done.snapshot()
	for i := 0; i < len(objects); i += 1 + len(objects)/40 {
		questions = append(questions, "/objects/"+objects[i], "/sightings?value="+nameOf(t, admin, objects[i]))
	}
	ask := func() map[string]string {
		answers := map[string]string{}
		for _, q := range questions {
			for role, c := range map[string]caller{"administrator": admin, "coordinator": coordinator, "viewer": viewer} {
				answers[role+" "+q] = everyPage(t, c, q)
			}
		}
		for _, path := range []string{"/feeds/block.txt", "/feeds/hosts", "/feeds/protections.json"} {
			answers[path] = string(viewer.ask(t, http.MethodGet, path, "", http.StatusOK))
		}
		return answers
	}
	live := ask()
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	views, err := filepath.Glob(filepath.Join(data, "catalog.db*"))
	if err != nil || len(views) == 0 {
		t.Fatalf("no view to delete: %v", err)
	}
	for _, path := range views {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	rebuilt, err := start()
	if err != nil {
		t.Fatal(err)
	}
	defer rebuilt.kill()
	ready(t, rebuilt.url)
	t.Logf("the views are rebuilt, and the hub says that it is ready, after %s", time.Since(began).Round(time.Millisecond))
	again := ask()
	if diff := cmp.Diff(live, again); diff != "" {
		t.Errorf("rebuilt views answer otherwise (-live +rebuilt):\n%s", diff)
	}
	t.Logf("%d answers are the same bytes", len(again))
}

// moreCursor is a list's cursor of its next page. It is sealed anew for every
// answer, so it is what it leads to that is compared, never itself.
var moreCursor = regexp.MustCompile(`,"more":"([A-Za-z0-9_-]+)"`)

// everyPage is the question's answer and every page after it.
func everyPage(t *testing.T, c caller, question string) string {
	t.Helper()
	joined := "?"
	if strings.Contains(question, "?") {
		joined = "&"
	}
	var all strings.Builder
	for next := ""; ; {
		status, text, err := c.call(t.Context(), http.MethodGet, "/api/v1"+question+next, "", "")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%d %s\n", status, moreCursor.ReplaceAll(text, []byte(`,"more":true`)))
		more := moreCursor.FindSubmatch(text)
		if more == nil {
			return all.String()
		}
		next = joined + "after=" + string(more[1])
	}
}

// ready waits until the hub says that its views hold what its ledger does.
func ready(t *testing.T, url string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(pause) {
		answer, err := http.Get(url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatal("the hub does not become ready")
}
