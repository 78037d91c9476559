package catalog_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// pageHandler serves pages from the catalog as an envelope, and beside them
// the same bytes from a file.
func pageHandler(c *catalog.Catalog, after catalog.Place, file string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		page, err := c.PageBody(r.Context(), member(bravo), catalog.PageQuery{After: after, Limit: objectsPerPage})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer page.Body.Close()
		head, foot := fmt.Sprintf(`{"more":%v,"next":"%d","objects":[`, page.More, page.Next), "]}"
		w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
		w.Header().Set("Content-Length", strconv.FormatInt(int64(len(head)+len(foot))+page.Body.Len(), 10))
		_, _ = io.WriteString(w, head)
		_, _ = page.Body.WriteTo(w)
		_, _ = io.WriteString(w, foot)
	})
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
		http.ServeFile(w, r, file)
	})
	return mux
}

func benchPages(b *testing.B, path string, n int) {
	c, err := catalog.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	q := catalog.PageQuery{Limit: objectsPerPage}
	places := map[string]catalog.Place{"first": 0}
	for from := 0; ; from += objectsPerPage {
		page, err := c.PageBody(b.Context(), member(bravo), q)
		if err != nil || page.Objects == 0 {
			b.Fatal(page.Objects, err)
		}
		if from == n-objectsPerPage {
			places["last"] = q.After
			break
		}
		q.After = page.Next
	}
	rate := map[string]float64{}
	for _, which := range []string{"first", "last"} {
		b.Run(which, func(b *testing.B) { rate[which] = benchPage(b, c, places[which]) })
	}
	if rate["first"] > 0 {
		b.ReportMetric(rate["last"]/rate["first"], "last/first")
	}
}

// benchPage takes a page and the file in turns, four clients at a time.
func benchPage(b *testing.B, c *catalog.Catalog, after catalog.Place) float64 {
	file := filepath.Join(b.TempDir(), "page.json")
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: pageHandler(c, after, file), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	url := "http://" + listener.Addr().String()
	var page bytes.Buffer
	get(b, url+"/page", &page)
	if err := os.WriteFile(file, page.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	took := map[string]time.Duration{}
	const turn = 200
	turns := 0
	for b.Loop() {
		for _, path := range []string{"/page", "/file"} {
			start := time.Now()
			done := make(chan struct{}, 4)
			for range cap(done) {
				go func() {
					defer func() { done <- struct{}{} }()
					for range turn / cap(done) {
						get(b, url+path, io.Discard)
					}
				}()
			}
			for range cap(done) {
				<-done
			}
			took[path] += time.Since(start)
		}
		turns++
	}
	size := float64(page.Len() * turns * turn)
	b.ReportMetric(size/took["/page"].Seconds()/1e6, "MB/s")
	b.ReportMetric(size/took["/file"].Seconds()/1e6, "floor-MB/s")
	b.ReportMetric(took["/file"].Seconds()/took["/page"].Seconds(), "ratio")
	b.ReportMetric(float64(turns*turn)/took["/page"].Seconds(), "pages/s")
	return size / took["/page"].Seconds()
}

func get(tb testing.TB, url string, to io.Writer) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		tb.Error(err)
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Error(err)
		return
	}
	defer response.Body.Close()
	if _, err := io.Copy(to, response.Body); err != nil || response.StatusCode != http.StatusOK {
		tb.Error(url, response.Status, err)
	}
}

// restEnv names a catalog that the test binary, started anew, opens and rests with.
const restEnv = "TOCSIN_TEST_REST"

// benchRest starts a process that opens the catalog, asks once and rests.
func benchRest(b *testing.B, path string) {
	command := exec.CommandContext(b.Context(), os.Args[0], "-test.run", "^TestRest$", "-test.v")
	command.Env = append(os.Environ(), restEnv+"="+path)
	out, err := command.CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && strings.HasPrefix(name, "rest-") {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(v, strings.TrimPrefix(name, "rest-"))
		}
	}
	b.ReportMetric(0, "ns/op")
}

// TestRest is the process of BenchmarkLarge/rest.
func TestRest(t *testing.T) {
	path := os.Getenv(restEnv)
	if path == "" {
		t.Skip("only as a process of BenchmarkLarge")
	}
	start := time.Now()
	c := open(t, path)
	opened := time.Since(start)
	if found, err := c.Search(t.Context(), member(bravo), "example", 20); err != nil || len(found) == 0 {
		t.Fatal(len(found), err)
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	fmt.Printf("rest-open-s=%f\nrest-MiB-heap=%f\nrest-MiB-RSS=%f\n", opened.Seconds(), float64(memory.HeapAlloc)/(1<<20), rss(t))
	debug.FreeOSMemory()
	fmt.Printf("rest-MiB-RSS-freed=%f\n", rss(t))
}

// rss is the process's resident memory in MiB.
func rss(t testing.TB) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("there is no /proc/self/status:", err)
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n / 1024
		}
	}
	t.Fatal("no VmRSS in /proc/self/status")
	return 0
}

// benchTakeBack tightens a contribution of a thousand objects, and erases it.
func benchTakeBack(b *testing.B, l *sqlite.Ledger, path string) {
	c, err := catalog.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	id := newSynthetic().part().ID
	if entries, err := c.Entries(b.Context(), alpha, id); err != nil || len(entries) == 0 {
		b.Skip("it is erased once", err)
	}
	for _, turn := range []struct {
		unit string
		ledger.Draft
	}{
		{"tighten-ms", draftOf(b, contribution.KindTightened, contribution.Tightening{Owner: string(alpha), Contribution: id, Audience: red.String()})},
		{"erase-ms", draftOf(b, contribution.KindErased, contribution.Erasure{Owner: string(alpha), Contribution: id})},
	} {
		entries, err := l.Append(b.Context(), ledger.Any, turn.Draft)
		if err != nil {
			b.Fatal(err)
		}
		start := now(b)
		apply(b, c, entries)
		took := now(b).since(start)
		b.ReportMetric(float64(took.wall.Microseconds())/1000, turn.unit)
		b.ReportMetric(float64(took.cpu.Microseconds())/1000, turn.unit+"-CPU")
	}
	b.ReportMetric(0, "ns/op")
}

func draftOf(b *testing.B, kind ledger.Kind, body any) ledger.Draft {
	d, err := ledger.NewDraft(kind, string(alpha), "", body)
	if err != nil {
		b.Fatal(err)
	}
	return d
}
