package taxii_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/taxii"
)

// pageFile is a backend with one page, which lies in a file.
type pageFile struct {
	*memory
	path  string
	count int
}

func (p pageFile) Session(*http.Request) (taxii.Session, error) { return p, nil }

func (p pageFile) Page(context.Context, taxii.PageRequest) (taxii.Page, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return taxii.Page{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return taxii.Page{}, err
	}
	return taxii.Page{
		Body: &fileBody{of: &stored{}, file: f, size: info.Size()}, Count: p.count, First: started, Last: started, More: true, Next: "1000",
	}, nil
}

// get fetches pages with four clients at once, and says how long it takes.
func get(b *testing.B, client *http.Client, url string, pages int) time.Duration {
	var group sync.WaitGroup
	begin := time.Now()
	for range 4 {
		group.Go(func() {
			buffer := make([]byte, 256<<10)
			for range pages / 4 {
				r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
				if err != nil {
					b.Error(err)
					return
				}
				r.Header.Set("Authorization", "Bearer good")
				response, err := client.Do(r)
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, response.Body, buffer); err != nil || response.StatusCode != http.StatusOK {
					b.Error(response.StatusCode, err)
				}
				response.Body.Close()
			}
		})
	}
	group.Wait()
	return time.Since(begin)
}

// BenchmarkPage serves a page of 1,000 objects and 866 KB beside the same bytes
// as a static file (http.ServeContent), to four clients over loopback. The
// floor is half of the static file's bytes per second.
func BenchmarkPage(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"type":"indicator","id":"indicator--00000000-0000-4000-8000-%012d","x":"%s"}`, i, strings.Repeat("a", 778))
	}
	path := filepath.Join(b.TempDir(), "page")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/taxii2/", handler(pageFile{filled(0), path, 1000}))
	mux.HandleFunc("/static", func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(path)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer f.Close()
		w.Header().Set("Content-Type", taxii.MediaType)
		http.ServeContent(w, r, "", time.Time{}, f)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4, ReadBufferSize: 64 << 10}}
	const pages = 80
	get(b, client, server.URL+"/static", pages)
	var page, static time.Duration
	rounds := 0
	for b.Loop() {
		page += get(b, client, server.URL+sharedURL+"/objects/", pages)
		static += get(b, client, server.URL+"/static", pages)
		rounds++
	}
	megabytes := float64(rounds*pages*text.Len()) / 1e6
	b.ReportMetric(megabytes/page.Seconds(), "page-MB/s")
	b.ReportMetric(megabytes/static.Seconds(), "static-MB/s")
	b.ReportMetric(static.Seconds()/page.Seconds(), "of-static(floor=0.5)")
}
