package bench

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// visible waits until the last object of every client's last envelope is found.
// A client's envelopes are taken one after the other, so what it sent before is
// there as well.
func (h *hub) visible(token string, s synthetic, first, envelopes int) {
	h.tb.Helper()
	for i := max(0, envelopes-clients); i < envelopes; i++ {
		h.findable(token, s.id(first+(i+1)*envelopeSize-1))
	}
}

// findable waits until an object that was acknowledged is in the collection.
func (h *hub) findable(token, id string) {
	h.tb.Helper()
	c := h.as(token)
	collection := c.community()
	for began := time.Now(); !c.has(collection, id); time.Sleep(pause) {
		if time.Since(began) > patience {
			h.tb.Fatalf("%s was acknowledged and is not visible after %s", id, patience)
		}
	}
}

// walked is what a client has that paged through a collection.
type walked struct {
	objects int
	digest  string   // of the objects, in their order
	pages   []string // paths
}

// walk pages through the community's collection to its end and, if page is not
// nil, hands it every page.
func (h *hub) walk(token string, page func(n int, body []byte)) (w walked) {
	h.tb.Helper()
	c := h.as(token)
	collection, next := c.community(), ""
	sum := sha256.New()
	for {
		path := pagePath(collection, next)
		status, body := c.call(http.MethodGet, path, "", nil)
		var e envelope
		if err := json.Unmarshal(body, &e); status != http.StatusOK || err != nil {
			h.tb.Fatalf("GET %s: status %d, %v: %.500s", path, status, err, body)
		}
		for _, o := range e.Objects {
			sum.Write(o)
		}
		if page != nil {
			page(len(w.pages), body)
		}
		w.pages, w.objects, next = append(w.pages, path), w.objects+len(e.Objects), e.Next
		if !e.More {
			w.digest = fmt.Sprintf("%x", sum.Sum(nil))
			return w
		}
	}
}

// large fills a collection in ten equal steps, pages through it, rebuilds it and
// leaves the hub alone.
func (r *run) large() {
	r.Helper()
	h := r.newHub()
	_, token := h.partner("Partner One", "contributor")
	r.fill(h, token)
	r.atRest(h, fmt.Sprintf("%s objects, just loaded", amount(float64(r.objects))), "rss-large", 300)
	dir := r.TempDir()
	live := h.walk(token, func(n int, body []byte) {
		if err := os.WriteFile(filepath.Join(dir, pageName(n)), body, 0o600); err != nil {
			r.Fatal(err)
		}
	})
	if live.objects != r.objects {
		r.Errorf("the collection has %d objects, %d were acknowledged", live.objects, r.objects)
	}
	r.pages(h, token, live, dir)
	h.stop()
	h.forgetViews()
	h = startHub(r, h.data, h.probes != "")
	var took time.Duration
	r.profiled(h, "rebuild", func() { took = h.ready() })
	r.add(figure{what: "rebuild of the catalog from the ledger", unit: "s", metric: "rebuild", value: took.Seconds(), against: 20 * float64(r.objects) / 1_000_000,
		note: fmt.Sprintf("%s objects/s; limit 20 s for 1,000,000; hub %s cores", amount(float64(r.objects)/took.Seconds()), cores(processorOf(r, h.pid()), took.Seconds()))})
	if again := h.walk(token, nil); again.objects != live.objects || again.digest != live.digest {
		r.Errorf("the rebuilt collection is not the same: %d objects, before %d", again.objects, live.objects)
	}
	h = h.restart()
	r.atRest(h, fmt.Sprintf("%s objects, restarted", amount(float64(r.objects))), "rss-large-restarted", 300)
	h.stop()
}

func pageName(n int) string { return fmt.Sprintf("page%06d", n) }

// fill sends the objects in ten equal steps, each begun when the one before is
// visible.
func (r *run) fill(h *hub, token string) {
	r.Helper()
	const steps = 10
	envelopes := r.objects / envelopeSize / steps
	path := h.as(token).community() + "objects/"
	var seconds, busySeconds [steps]float64
	var accepting, all, own float64
	waits, before := 0, processorOf(r, h.pid())
	r.profiled(h, "fill", func() {
		for step := range steps {
			what := load{Address: h.address(), Path: path, Media: taxiiMedia, Token: token, Seed: 7, First: step * envelopes * envelopeSize, Envelopes: envelopes}
			r.loader.prepare(what)
			began, worked := time.Now(), processorOf(r, h.pid())
			s := r.loader.send()
			h.visible(token, synthetic{7}, what.First, envelopes)
			seconds[step], busySeconds[step] = time.Since(began).Seconds(), (processorOf(r, h.pid()) - worked).Seconds()
			all, accepting, own, waits = all+seconds[step], accepting+s.Seconds, own+s.Own, waits+s.Waits
		}
	})
	busy := processorOf(r, h.pid()) - before
	var speed, perCore [steps]string
	for i := range steps {
		speed[i] = amount(float64(envelopes*envelopeSize) / seconds[i])
		perCore[i] = amount(float64(envelopes*envelopeSize) / busySeconds[i])
	}
	r.add(figure{what: "visible in the catalog, sustained", unit: "objects/s", metric: "visible", value: float64(r.objects) / all, against: 30_000, floor: 1,
		note: fmt.Sprintf("hub %s cores, load generator %s; %s objects per core of the hub", cores(busy, all), cores(time.Duration(own*1e9), all), amount(float64(r.objects)/busy.Seconds()))})
	r.add(figure{what: "accepted meanwhile, sustained", unit: "objects/s", metric: "accept-sustained", value: float64(r.objects) / accepting, against: 50_000, floor: 1, note: fmt.Sprintf("asked to wait %d times", waits)})
	r.add(figure{what: "flat from empty to full", unit: "objects/s in the last tenth", metric: "flat", value: float64(envelopes*envelopeSize) / seconds[steps-1],
		against: float64(envelopes*envelopeSize) / seconds[0], peer: "in the first", floor: 0.8})
	r.remark("visible, objects/s by tenth: %s", strings.Join(speed[:], " "))
	r.remark("the same per core that the hub had: %s", strings.Join(perCore[:], " "))
}

// knowledgeBase imports ATT&CK as a person does.
func (r *run) knowledgeBase() {
	r.Helper()
	bundle, err := filepath.Abs(filepath.Join(root, "..", "shared", "data", "enterprise-attack.json.gz"))
	if err != nil {
		r.Fatal(err)
	}
	if _, err := os.Stat(bundle); err != nil {
		r.remark("SKIPPED: the import of ATT&CK and the memory with it: %v", err)
		return
	}
	h := r.newHub()
	_, token := h.partner("Partner One", "contributor")
	tokenFile := filepath.Join(r.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(token), 0o600); err != nil {
		r.Fatal(err)
	}
	before, began := processorOf(r, h.pid()), time.Now()
	r.profiled(h, "attack", func() {
		out, err := exec.CommandContext(r.Context(), h.cmd.Path, "import", "--hub", h.url, "--token-file", tokenFile, bundle).CombinedOutput()
		if err != nil {
			r.Fatalf("tocsin import: %v\n%s", err, out)
		}
	})
	took := time.Since(began).Seconds()
	busy := processorOf(r, h.pid()) - before
	r.add(figure{what: "import of ATT&CK Enterprise", unit: "s", metric: "attack", value: took, against: 5, note: fmt.Sprintf("hub %s cores", cores(busy, took))})
	r.atRest(h, "ATT&CK, just loaded", "rss-attack", 150)
	h = h.restart()
	r.atRest(h, "ATT&CK, restarted", "rss-attack-restarted", 150)
	if w := h.walk(token, nil); w.objects < 20_000 {
		r.Errorf("after the import the collection has %d objects", w.objects)
	}
	h.stop()
}
