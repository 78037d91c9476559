package hub_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/misp"
)

const wannacryEvent = "5915c1a4-0000-4000-8000-000000000007"

// mispEvent is the event of package misp's tests.
func mispEvent(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "misp", "testdata", "wannacry.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// startTimed starts a hub whose clock can be put forward.
func startTimed(t *testing.T) (r *running, forward func(time.Duration)) {
	ahead := new(atomic.Int64)
	return startHub(t, "", aheadBy(ahead)), func(d time.Duration) { ahead.Add(int64(d)) }
}

func aheadBy(d *atomic.Int64) func(*hub.Config) {
	clock := func() time.Time { return time.Now().Add(time.Duration(d.Load())) }
	return func(c *hub.Config) { c.Clock = clock }
}

// contribute sends a text and gives the contribution's id.
func (r *running) sendEvent(token, query, text string) string {
	r.t.Helper()
	a := r.call(http.MethodPost, "/api/v1/contributions?"+query, token, "application/json", strings.NewReader(text))
	if a.status != http.StatusCreated && a.status != http.StatusOK {
		r.t.Fatalf("contribute: %d %s", a.status, a.body)
	}
	var taken struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(a.body), &taken); err != nil || taken.ID == "" {
		r.t.Fatalf("contribute: %v in %s", err, a.body)
	}
	return taken.ID
}

// jsonValue reads JSON so that numbers keep their digits.
func jsonValue(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	digits := json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
		if d.PeekKind() != '0' {
			return errors.ErrUnsupported
		}
		n, err := d.ReadValue()
		*v = n.Clone()
		return err
	})
	if err := json.Unmarshal(text, &v, json.WithUnmarshalers(digits)); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

type mispManifest map[string]struct {
	Info      string `json:"info"`
	Date      string `json:"date"`
	Timestamp string `json:"timestamp"`
	Orgc      struct {
		Name string `json:"name"`
	} `json:"Orgc"`
	Tag []struct {
		Name string `json:"name"`
	} `json:"Tag"`
}

func (r *running) mispManifest(token string) (m mispManifest) {
	r.t.Helper()
	r.get("/feeds/misp/manifest.json", token, &m)
	return m
}

// stamp is the timestamp that the manifest has for an event; the event says the same.
func (r *running) stamp(token, id string) int64 {
	r.t.Helper()
	at, err := strconv.ParseInt(r.mispManifest(token)[id].Timestamp, 10, 64)
	if err != nil {
		r.t.Fatalf("the manifest has no timestamp for %s: %v", id, err)
	}
	var file struct {
		Event struct {
			Timestamp string `json:"timestamp"`
		}
	}
	r.get("/feeds/misp/"+id+".json", token, &file)
	if file.Event.Timestamp != strconv.FormatInt(at, 10) {
		r.t.Errorf("the manifest has %d for %s, the event %s", at, id, file.Event.Timestamp)
	}
	return at
}

func (r *running) mispFile(token, id string) string {
	r.t.Helper()
	a := r.call(http.MethodGet, "/feeds/misp/"+id+".json", token, "", nil)
	if a.status != http.StatusOK {
		r.t.Fatalf("GET %s: %d %s", id, a.status, a.body)
	}
	return a.body
}

func TestAnEventFromMISPComesBackByTheFeed(t *testing.T) {
	h := startHub(t, "")
	_, author := h.partner("CERT", "government", "GB", "contributor")
	_, reader := h.partner("ISP", "telecommunications", "FR", "viewer")
	h.sendEvent(author, "", mispEvent(t))
	if diff := cmp.Diff(jsonValue(t, []byte(mispEvent(t))), jsonValue(t, []byte(h.mispFile(author, wannacryEvent)))); diff != "" {
		t.Errorf("the event came back changed (-want +got)\n%s", diff)
	}
	// Another partner gets it without what is the author's alone.
	want := jsonValue(t, []byte(mispEvent(t)))
	event := want.(map[string]any)["Event"].(map[string]any)
	event["Attribute"] = slices.DeleteFunc(event["Attribute"].([]any), func(a any) bool {
		return slices.Contains([]any{"73", "74"}, a.(map[string]any)["id"])
	})
	if diff := cmp.Diff(want, jsonValue(t, []byte(h.mispFile(reader, wannacryEvent)))); diff != "" {
		t.Errorf("another partner's event (-want +got)\n%s", diff)
	}
	for _, token := range []string{author, reader} {
		m := h.mispManifest(token)
		if e := m[wannacryEvent]; len(m) != 1 || e.Info != "WannaCry: what the first day showed" || e.Orgc.Name != "CERT.example" || len(e.Tag) != 3 || e.Timestamp != "1494612000" {
			t.Errorf("manifest: %+v", m)
		}
	}
	hashes := h.call(http.MethodGet, "/feeds/misp/hashes.csv", reader, "", nil).body
	for value, there := range map[string]bool{"iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com": true, "mssecsvc.exe": true, "our own case number": false, "c2.evil.example": false} {
		sum := md5.Sum([]byte(value))
		if strings.Contains(hashes, hex.EncodeToString(sum[:])+","+wannacryEvent+"\n") != there {
			t.Errorf("hashes.csv has %q: %t, want %t", value, !there, there)
		}
	}
}

func TestASecondHubPullsTheFeed(t *testing.T) {
	first, second := startHub(t, ""), startHub(t, "")
	_, author := first.partner("CERT", "government", "GB", "contributor")
	from, to := first.token2("Neighbour"), second.token2("First hub")
	first.sendEvent(author, "", mispEvent(t))
	open := func(name string) (io.ReadCloser, error) {
		a := first.call(http.MethodGet, "/feeds/misp/"+name, from, "", nil)
		if a.status != http.StatusOK {
			return nil, fmt.Errorf("%d %s", a.status, a.body)
		}
		return io.NopCloser(strings.NewReader(a.body)), nil
	}
	problems, err := misp.ReadFeed(t.Context(), open, nil, func(e misp.FeedEvent) error {
		text, err := io.ReadAll(e.Text)
		second.sendEvent(to, "", string(text))
		return err
	})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	stranger := access.Principal{Partner: "identity--0", Communities: []string{access.DefaultCommunity}}
	objects := func(h *running) map[string]any {
		all := map[string]any{}
		page, err := h.Views.Catalog.Page(context.Background(), stranger, catalog.PageQuery{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Objects {
			if o.Type != "grouping" || !strings.Contains(string(o.Raw), `"more"`) {
				all[o.ID] = jsonValue(t, o.Raw)
			}
		}
		return all
	}
	got, want := objects(second), objects(first)
	if len(want) < 15 {
		t.Fatalf("only %d objects", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the second hub's objects (-want +got)\n%s", diff)
	}
}

// token2 lets a partner in that contributes, and gives its token.
func (r *running) token2(name string) string {
	r.t.Helper()
	_, token := r.partner(name, "telecommunications", "FR", "contributor")
	return token
}
