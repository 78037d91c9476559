package taxii_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// Collections of the memory backend.
const (
	shared  = "91a7b528-80eb-42ed-a74d-c6fbd5a26116" // read and written
	inbox   = "52892447-4d7e-4f70-b94d-d7f22742ff63" // written only
	archive = "472c94ae-3113-4e3e-a4dd-a9f4ac7471d4" // read only
	locked  = "365fed99-08fa-fdcd-a1b3-fb247eb41d01" // neither
)

var started = time.Date(2017, 5, 12, 7, 44, 0, 0, time.UTC)

// memory is a backend that keeps one collection in memory. A token is needed,
// and any but "bad" is valid.
type memory struct {
	mu    sync.Mutex
	items []taxii.Item
	fail  error // what every Page fails with, if not nil

	maxPageBytes int64
}

func (m *memory) Session(r *http.Request) (taxii.Session, error) {
	token, ok := taxii.Credential(r)
	if !ok || token == "bad" {
		return nil, taxii.ErrUnauthorized
	}
	return m, nil
}

func (m *memory) Discovery(context.Context) (taxii.Discovery, error) {
	return taxii.Discovery{Title: "a server", Default: "default", APIRoots: []string{"default", "other"}}, nil
}

func (m *memory) Root(_ context.Context, root string) (taxii.APIRoot, error) {
	if root != "default" && root != "other" {
		return taxii.APIRoot{}, taxii.ErrNotFound
	}
	return taxii.APIRoot{Title: root, MaxContentLength: 4096, MaxPageBytes: m.maxPageBytes}, nil
}

func (m *memory) Collections(ctx context.Context, root string) ([]taxii.Collection, error) {
	if _, err := m.Root(ctx, root); err != nil || root == "other" {
		return nil, err
	}
	return []taxii.Collection{
		{ID: shared, Title: "shared", CanRead: true, CanWrite: true, MediaTypes: []string{taxii.STIXMediaType}},
		{ID: inbox, Title: "inbox", CanWrite: true},
		{ID: archive, Title: "archive", CanRead: true},
		{ID: locked, Title: "locked"},
	}, nil
}

func (m *memory) Page(_ context.Context, q taxii.PageRequest) (page taxii.Page, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return taxii.Page{}, m.fail
	}
	after := 0
	if q.After != "" {
		if after, err = strconv.Atoi(q.After); err != nil || after < 0 || after > len(m.items) {
			return taxii.Page{}, taxii.ErrCursor
		}
	}
	for i := after; i < len(m.items); i++ {
		if !m.wanted(m.items[i], q.Filter) {
			continue
		}
		if len(page.Items) == q.Limit {
			page.More = true
			return page, nil
		}
		page.Items, page.Next = append(page.Items, m.items[i]), strconv.Itoa(i+1)
	}
	return page, nil
}

func (m *memory) wanted(item taxii.Item, f taxii.Filter) bool {
	kind, _, _ := cutID(item.ID)
	if !f.AddedAfter.IsZero() && !item.Added.After(f.AddedAfter) ||
		len(f.IDs) > 0 && !slices.Contains(f.IDs, item.ID) ||
		len(f.Types) > 0 && !slices.Contains(f.Types, kind) ||
		len(f.SpecVersions) > 0 && !slices.Contains(f.SpecVersions, "2.1") {
		return false
	}
	first, last := true, true
	for _, other := range m.items {
		if other.ID == item.ID {
			first = first && !other.Version.Before(item.Version)
			last = last && !other.Version.After(item.Version)
		}
	}
	v := f.Versions
	return v.All || v.First && first || (v.Last || !v.First && len(v.At) == 0) && last || slices.ContainsFunc(v.At, item.Version.Equal)
}

func cutID(id string) (kind, uuid string, ok bool) {
	const uuidLength = 36
	if len(id) < uuidLength+2 {
		return "", "", false
	}
	return id[:len(id)-uuidLength-2], id[len(id)-uuidLength:], true
}

func (m *memory) Add(_ context.Context, _, _ string, body io.Reader) (taxii.Status, error) {
	status := taxii.Status{ID: "2d086da7-4bdc-4f91-900e-d77486753710", State: taxii.Complete, Requested: started}
	_, err := taxii.ReadEnvelope(body, func(i int, raw jsontext.Value) error {
		var o struct {
			ID       string    `json:"id"`
			Modified time.Time `json:"modified"`
		}
		if err := json.Unmarshal(raw, &o); err != nil || o.ID == "" {
			status.Failures = append(status.Failures, taxii.StatusDetail{ID: o.ID, Message: fmt.Sprintf("object %d is not valid", i)})
			return nil
		}
		m.put(o.ID, o.Modified, raw)
		status.Successes = append(status.Successes, taxii.StatusDetail{ID: o.ID, Version: o.Modified})
		return nil
	})
	if err != nil {
		return taxii.Status{}, fmt.Errorf("%w", &taxii.Error{Status: http.StatusUnprocessableEntity, Title: "no envelope", Description: err.Error()})
	}
	return status, nil
}

func (m *memory) Delete(_ context.Context, _, _, id string, versions taxii.Versions, specVersions []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	filter := taxii.Filter{IDs: []string{id}, Versions: versions, SpecVersions: specVersions}
	kept := []taxii.Item{}
	for _, item := range m.items {
		if !m.wanted(item, filter) {
			kept = append(kept, item)
		}
	}
	if len(kept) == len(m.items) {
		return taxii.ErrNotFound
	}
	m.items = kept
	return nil
}

func (m *memory) put(id string, version time.Time, raw jsontext.Value) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items = append(m.items, taxii.Item{ID: id, Version: version, Raw: raw, Added: started.Add(time.Duration(len(m.items)+1) * time.Microsecond)})
}

func (m *memory) Status(context.Context, string, string) (taxii.Status, error) {
	return taxii.Status{}, taxii.ErrNotFound
}

// indicator writes the nth indicator in a version; versions count minutes.
func indicator(n, version int) (id string, modified time.Time, raw jsontext.Value) {
	id = fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", n)
	modified = started.Add(time.Duration(version) * time.Minute)
	return id, modified, jsontext.Value(fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":%q,"modified":%q,"x_n":%d}`,
		id, taxii.FormatTimestamp(modified), n))
}

// filled is a backend with n indicators.
func filled(n int) *memory {
	m := &memory{}
	for i := range n {
		m.put(indicator(i, 0))
	}
	return m
}

// request asks a handler as a client with the token "good" and TAXII's types,
// but for what headers say otherwise; an empty one is left out.
func request(h http.Handler, method, target string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("Authorization", "Bearer good")
	r.Header.Set("Accept", taxii.MediaType)
	if body != nil {
		r.Header.Set("Content-Type", taxii.MediaType)
	}
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Del(headers[i]); headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// decoded is an answer's body.
func decoded[T any](t testing.TB, w *httptest.ResponseRecorder) (value T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		t.Fatalf("status %d, body %q: %v", w.Code, w.Body, err)
	}
	return value
}

// envelope is a page of objects, as a client sees it.
type envelope struct {
	More    bool             `json:"more"`
	Next    string           `json:"next"`
	Objects []jsontext.Value `json:"objects"`
}
