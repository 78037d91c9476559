package hub_test

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The feed is a view: another hub on the same ledger gives the same.
func TestTheFeedIsTheSameAfterARestart(t *testing.T) {
	ahead := new(atomic.Int64)
	h := startHub(t, "", aheadBy(ahead))
	_, author := h.partner("CERT", "government", "GB", "coordinator")
	_, reader := h.partner("ISP", "telecommunications", "FR", "contributor")
	step := func() {
		ahead.Add(int64(10 * time.Second))
		for _, name := range []string{"manifest.json", "hashes.csv"} {
			h.call(http.MethodGet, "/feeds/misp/"+name, reader, "", nil)
		}
	}
	files := func() (all []string) {
		for _, token := range []string{author, reader} {
			for _, name := range append(slices.Sorted(maps.Keys(h.mispManifest(token))), "manifest", "hashes") {
				name += map[bool]string{true: ".csv", false: ".json"}[name == "hashes"]
				all = append(all, name+" "+h.call(http.MethodGet, "/feeds/misp/"+name, token, "", nil).body)
			}
		}
		return all
	}
	restart := func() {
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h = startHub(t, h.dir, aheadBy(ahead))
	}
	h.sendEvent(author, "", mispEvent(t))
	step()
	h.sendEvent(reader, "", bundle(indicatorOf(indicatorA, "a.example", "2024-01-01T00:00:00.000Z", ""), indicatorOf(indicatorB, "b.example", "2024-01-01T00:00:00.000Z", "")))
	step()
	h.sendEvent(author, "", strings.NewReplacer(`"timestamp": "1494612000"`, `"timestamp": "1494612500"`, `"comment": "the worm"`, `"comment": "a worm"`, `"1494615600"`, `"1494615601"`, `"1494600010"`, `"1494600011"`).Replace(mispEvent(t)))
	step()
	h.sendEvent(author, "", bundle(sightingOf("11111111-0000-4000-8000-000000000001", "5915c1a4-0000-4000-8000-000000000070")))
	step()
	before := files()
	restart()
	if diff := cmp.Diff(before, files()); diff != "" {
		t.Errorf("the feed before a restart and after it (-before +after)\n%s", diff)
	}
	h.withdraw(author, "vulnerability--5915c1a4-0000-4000-8000-000000000075")
	step()
	h.withdraw(reader, "indicator--"+indicatorB)
	step()
	before = files()
	restart()
	if diff := cmp.Diff(before, files()); diff != "" {
		t.Errorf("the feed before a restart and after it (-before +after)\n%s", diff)
	}
}

func TestWhatTheFeedAnswers(t *testing.T) {
	h := startHub(t, "")
	_, author := h.partner("CERT", "government", "GB", "contributor")
	_, reader := h.partner("ISP", "telecommunications", "FR", "viewer")
	h.sendEvent(author, "tlp=red", strings.ReplaceAll(mispEvent(t), "tlp:green", "tlp:red"))
	secret := h.mispManifest(author)
	if len(secret) != 1 || len(h.mispManifest(reader)) != 0 {
		t.Errorf("the author's: %v, another's: %v", secret, h.mispManifest(reader))
	}
	get := func(path, token string, headers ...string) answer {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL()+"/feeds/misp/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("anybody", token)
		for i := 0; i < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		response.Header.Del("Date")
		return answer{response.StatusCode, response.Header, string(body)}
	}
	hidden, unknown := get(wannacryEvent+".json", reader), get("5915c1a4-0000-4000-8000-000000000099.json", reader)
	if diff := cmp.Diff(unknown, hidden, cmp.AllowUnexported(answer{})); diff != "" || hidden.status != http.StatusNotFound {
		t.Errorf("a hidden event answers otherwise than an unknown one (-unknown +hidden)\n%s", diff)
	}
	for _, path := range []string{"", "x", "manifest", "../block.txt", strings.ToUpper(wannacryEvent) + ".json", "{" + wannacryEvent + "}.json", wannacryEvent, wannacryEvent + ".json/x"} {
		if a := get(path, author); a.status != http.StatusNotFound && path != "../block.txt" {
			t.Errorf("GET %q: %d %s", path, a.status, a.body)
		}
	}
	for _, name := range []string{"manifest.json", "hashes.csv", wannacryEvent + ".json"} {
		a := get(name, author)
		tag := a.header.Get("ETag")
		if again := get(name, author, "If-None-Match", tag); tag == "" || again.status != http.StatusNotModified || again.body != "" {
			t.Errorf("GET %s with its ETag %q: %d", name, tag, again.status)
		}
		if a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("Vary") != "Authorization" {
			t.Errorf("%s may be cached: %v", name, a.header)
		}
		if head := h.call(http.MethodHead, "/feeds/misp/"+name, author, "", nil); head.status != http.StatusOK || head.body != "" || head.header.Get("Content-Length") != strconv.Itoa(len(a.body)) {
			t.Errorf("HEAD %s: %d %v", name, head.status, head.header)
		}
	}
	if a := h.call(http.MethodPost, "/feeds/misp/manifest.json", author, "", nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", a.status, a.header)
	}
	if a := h.call(http.MethodGet, "/feeds/misp/manifest.json", "nonsense", "", nil); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
	if tag := get("manifest.json", author).header.Get("ETag"); tag == get("manifest.json", reader).header.Get("ETag") {
		t.Error("two readers have the same ETag for different manifests")
	}
}
