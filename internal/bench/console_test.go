package bench

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// visitor is a browser that somebody has signed in with, or a guest's.
type visitor struct {
	tb     testing.TB
	url    string
	cookie *http.Cookie // nil: a guest
	client *http.Client
}

// visit signs in with a token; "" is a guest.
func (h *hub) visit(token string) *visitor {
	h.tb.Helper()
	v := &visitor{tb: h.tb, url: h.url, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 2},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if token == "" {
		return v
	}
	answer, err := v.client.PostForm(h.url+"/sign-in", url.Values{"token": {token}})
	if err != nil {
		h.tb.Fatal(err)
	}
	answer.Body.Close()
	for _, c := range answer.Cookies() {
		v.cookie = c
	}
	if v.cookie == nil {
		h.tb.Fatalf("signing in: status %d and no session", answer.StatusCode)
	}
	return v
}

func (v *visitor) request(path string, headers ...string) (*http.Response, error) {
	r, err := http.NewRequest(http.MethodGet, v.url+path, nil)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	return v.client.Do(r)
}

// page fetches a page whole.
func (v *visitor) page(path string, headers ...string) (status int, text []byte, tag string, err error) {
	answer, err := v.request(path, headers...)
	if err != nil {
		return 0, nil, "", err
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer.StatusCode, text, answer.Header.Get("ETag"), err
}

// watched is a hub in an outbreak, and who looks at it.
type watched struct {
	*hub
	partners []string // ids
	tokens   []string // coordinators', of the first partners
	viewer   string   // a token
}

// watched makes a hub with so many partners and actions, three outbreaks, 300
// protections and a case.
func (r *run) watched(partners, coordinators, actions int) *watched {
	r.Helper()
	w := &watched{hub: r.newHub()}
	admin := w.as(administrator)
	for i := range partners {
		var made, issued struct {
			ID    string `json:"id"`
			Token string `json:"token"`
		}
		sector, country := []string{"healthcare", "energy", "water", "government-national"}[i%4], []string{"GB", "FR", "NZ", "US", "DE", "JP"}[i%6]
		admin.make("/api/v1/partners", map[string]string{"name": fmt.Sprint("Partner ", i), "sector": sector, "country": country, "kind": "operator"}, &made)
		w.partners = append(w.partners, made.ID)
		if i < coordinators {
			admin.make("/api/v1/tokens", map[string]string{"partner": made.ID, "role": "coordinator"}, &issued)
			w.tokens = append(w.tokens, issued.Token)
		}
	}
	var issued struct {
		Token string `json:"token"`
	}
	admin.make("/api/v1/tokens", map[string]string{"partner": w.partners[0], "role": "viewer"}, &issued)
	w.viewer = issued.Token
	at := time.Now().UTC().Add(-10 * time.Minute).Format(time.RFC3339)
	for n, port := range []int{445, 3389, 5900} {
		for i := range 3 {
			w.as(w.tokens[i]).post("/api/v1/sightings", fmt.Appendf(nil, `{"id":"report-%d-%d","sector":"energy","country":"FR","scans":[{"port":%d,"sources":%d,"contacts":400,"first_seen":%q,"last_seen":%q}]}`, n, i, port, 12+i, at, at), new(any))
		}
	}
	for i := range 300 {
		admin.make("/api/v1/protections", map[string]string{"value": fmt.Sprintf("bad-%d.example", i), "polarity": "block", "reason": "it serves the attack"}, new(any))
	}
	for i := range actions {
		w.as(w.tokens[i%len(w.tokens)]).post("/api/v1/actions", fmt.Appendf(nil, `{"kind":"patch","title":"Patch %d","asked_of":[%q]}`, i, w.partners[i%len(w.partners)]), new(any))
	}
	w.as(w.tokens[0]).post("/api/v1/cases", fmt.Appendf(nil, `{"question":"Who?","policy":"1 of [%s]","hypotheses":[{"id":"one","title":"Group one"},{"id":"two","title":"Group two"}]}`, w.partners[0]), new(any))
	return w
}

// The limits of the console's pages.
const (
	maxPageTime  = 100 // milliseconds of server time
	maxPageBytes = 150 << 10
)

// leads finds what a page leads to; ids are the parts of an address that are ids.
var (
	leads = regexp.MustCompile(`href="(/[^"#]*)`)
	ids   = regexp.MustCompile(`[a-z-]+--[0-9a-f-]{36}|=[^&]*|%[0-9A-F]{2}[^/]*|/[0-9]+`)
)

// maxKinds is how many kinds of questions are asked of one page: those of a search
// are its fields in every combination.
const maxKinds = 24

// crawl is every page that can be reached from the first, two of each kind.
func (v *visitor) crawl() (paths []string) {
	v.tb.Helper()
	kinds, pages, seen := map[string]int{}, map[string]int{}, map[string]bool{}
	queue := []string{"/", "/palette", "/search?q=kar", "/account"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		kind := ids.ReplaceAllString(path, "*")
		place, _, _ := strings.Cut(kind, "?")
		if seen[path] || kinds[kind] >= 2 || pages[place] >= maxKinds || strings.HasPrefix(path, "/static") || strings.HasPrefix(path, "/log") || strings.HasPrefix(path, "/dossiers") || strings.HasPrefix(path, "/feeds/") || strings.HasPrefix(path, "/api") {
			continue
		}
		seen[path] = true
		status, text, _, err := v.page(path)
		if err != nil {
			v.tb.Fatal(err)
		}
		if status != http.StatusOK {
			continue
		}
		kinds[kind]++
		pages[place]++
		paths = append(paths, path)
		for _, found := range leads.FindAllSubmatch(text, -1) {
			queue = append(queue, strings.ReplaceAll(string(found[1]), "&amp;", "&"))
		}
	}
	return paths
}

// BenchmarkPages measures every page of the console of a hub that is large, for
// each kind of reader, against their limits. The time is that of a client on the
// same machine, and so over the server's own. TOCSIN_BENCH_OBJECTS is the number of
// objects; partners are a thousandth of it, actions a hundredth.
func BenchmarkPages(b *testing.B) {
	for range b.N {
		objects := max(number(b, "TOCSIN_BENCH_OBJECTS", 1_000_000), 10*envelopeSize) / envelopeSize * envelopeSize
		r := &run{B: b, objects: objects, profiles: os.Getenv("TOCSIN_BENCH_PROFILE")}
		r.loader = startLoader(b)
		w := r.watched(max(objects/1000, 10), 10, objects/100)
		r.loader.prepare(load{Address: w.address(), Path: "/api/v1/contributions", Media: "application/stix+json", Token: w.tokens[0], Bundle: true, Seed: 1, Envelopes: objects / envelopeSize})
		r.loader.send()
		w.visible(w.tokens[0], synthetic{1}, 0, objects/envelopeSize)
		r.remark("%d objects, %d partners, %d actions; load of the machine before: %s", objects, len(w.partners), objects/100, otherLoad())
		var largest figure
		for _, reader := range []struct{ name, token string }{{"viewer", w.viewer}, {"coordinator", w.tokens[0]}, {"administrator", administrator}} {
			v := w.visit(reader.token)
			paths := v.crawl()
			r.profiled(w.hub, "pages-"+reader.name, func() {
				for _, path := range paths {
					t := r.timed(v, path)
					r.add(figure{what: reader.name + " " + path, unit: "ms", metric: "pages-" + reader.name, value: t.took[len(t.took)*95/100], against: maxPageTime,
						note: fmt.Sprintf("p50 %.1f ms of %d, %.1f KiB%s", t.took[len(t.took)/2], len(t.took), float64(t.size)/1024, t.refused)})
					if float64(t.size)/1024 > largest.value {
						largest = figure{what: "the largest page: " + reader.name + " " + path, unit: "KiB", metric: "pages-bytes", value: float64(t.size) / 1024, against: maxPageBytes / 1024}
					}
				}
			})
		}
		slices.SortStableFunc(r.rows, func(a, b figure) int { return int(1000 * (b.value - a.value)) })
		r.add(largest)
		r.remark("load of the machine after: %s", otherLoad())
		r.print(os.Stdout)
		r.report(b)
	}
}

// timed is what fetching a page some times showed.
type timed struct {
	took    []float64 // ms, sorted
	size    int       // bytes of the largest answer
	refused string    // the last status that was not 200, to be said after the rest
}

// timed fetches a page 20 times, or for a second, and three times at least.
func (r *run) timed(v *visitor, path string) (t timed) {
	r.Helper()
	for begun := time.Now(); len(t.took) < 3 || len(t.took) < 20 && time.Since(begun) < time.Second; {
		began := time.Now()
		status, text, _, err := v.page(path)
		if err != nil {
			r.Fatalf("GET %s: %v", path, err)
		}
		if status != http.StatusOK {
			t.refused = fmt.Sprintf(", status %d", status)
		}
		t.took, t.size = append(t.took, 1000*time.Since(began).Seconds()), max(t.size, len(text))
	}
	slices.Sort(t.took)
	return t
}
