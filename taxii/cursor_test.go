package taxii_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/taxii"
)

// nextOf is the cursor after the first page of a query.
func nextOf(t testing.TB, h http.Handler, query string) string {
	t.Helper()
	next := decoded[envelope](t, request(h, "GET", sharedURL+"/objects/?"+query, nil)).Next
	if next == "" {
		t.Fatalf("%s: there is no next", query)
	}
	return next
}

// A reader must not learn from next how much there is that it may not see, and
// cannot go elsewhere with it.
func TestNextIsSealed(t *testing.T) {
	lengths, seen := map[int]bool{}, map[string]bool{}
	for _, position := range []int{1, 9, 10, 99, 12345, 123456789} {
		m := filled(3)
		h := handler(at{m, position})
		for range 2 {
			next := nextOf(t, h, "limit=1&match[type]=indicator")
			raw, err := base64.RawURLEncoding.DecodeString(next)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{fmt.Sprint(position), "indicator", "match"} {
				if len(part) > 3 && strings.Contains(string(raw), part) {
					t.Errorf("next says %q", part)
				}
			}
			lengths[len(next)], seen[next] = true, true
		}
	}
	if len(lengths) != 1 || len(seen) != 12 {
		t.Errorf("the cursors have lengths %v, and %d of 12 differ: neither is to say where they point", lengths, len(seen))
	}
}

// at is a backend whose cursors count what nobody may see.
type at struct {
	*memory
	position int
}

func (a at) Session(*http.Request) (taxii.Session, error) { return a, nil }
func (a at) Page(ctx context.Context, q taxii.PageRequest) (taxii.Page, error) {
	page, err := a.memory.Page(ctx, q)
	page.Next = strconv.Itoa(a.position)
	return page, err
}

func TestNextIsBound(t *testing.T) {
	h := handler(filled(5))
	next := nextOf(t, h, "limit=1")
	for name, target := range map[string]string{
		"another view":       sharedURL + "/manifest/?next=" + next,
		"another collection": "/taxii2/default/collections/" + archive + "/objects/?next=" + next,
		"an object":          sharedURL + "/objects/indicator--00000000-0000-4000-8000-000000000001/?next=" + next,
		"tampered":           sharedURL + "/objects/?next=" + flip(next),
		"cut":                sharedURL + "/objects/?next=" + next[:len(next)-4],
		"padded":             sharedURL + "/objects/?next=" + next + "=",
		"one letter":         sharedURL + "/objects/?next=A",
		"very long":          sharedURL + "/objects/?next=" + strings.Repeat("A", 50<<10),
	} {
		w := request(h, "GET", target, nil)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "start again without it") {
			t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
		}
	}
	if got := len(decoded[envelope](t, request(h, "GET", sharedURL+"/objects/?limit=3&next="+next, nil)).Objects); got != 3 {
		t.Errorf("limit beside next gives %d objects, want 3", got)
	}
	if got := len(decoded[envelope](t, request(h, "GET", sharedURL+"/objects/?match[id]=x&added_after=2030-01-01T00:00:00Z&next="+next, nil)).Objects); got != 1 {
		t.Errorf("other filters beside next give %d objects, want 1", got)
	}
}

// flip changes a bit in the middle.
func flip(next string) string {
	b := []byte(next)
	if i := len(b) / 2; b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

func TestCursorKeys(t *testing.T) {
	m := filled(5)
	with := func(key string) *taxii.Handler {
		h := handler(m)
		h.CursorKey = []byte(key)
		return h
	}
	got := map[string]int{}
	next := nextOf(t, with("a secret of all replicas"), "limit=1")
	for name, h := range map[string]*taxii.Handler{
		"a replica": with("a secret of all replicas"), "another key": with("another secret, as long"), "a random key": with(""), "a key too short": with("short"),
	} {
		got[name] = request(h, "GET", sharedURL+"/objects/?next="+next, nil).Code
	}
	want := map[string]int{"a replica": 200, "another key": 400, "a random key": 400, "a key too short": 500}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// The longest query that is answered gives a next that is taken.
func TestNextOfTheLongestQuery(t *testing.T) {
	h := handler(filled(5))
	var query strings.Builder
	query.WriteString("limit=1&match[type]=indicator")
	for i := 0; query.Len() < 8150; i++ {
		fmt.Fprintf(&query, ",%s%d", url.QueryEscape("ü"), i)
	}
	next := nextOf(t, h, query.String())
	if w := request(h, "GET", sharedURL+"/objects/?next="+next+"&"+query.String(), nil); w.Code != 200 {
		t.Errorf("next of %d characters is answered %d %s", len(next), w.Code, w.Body)
	}
}
