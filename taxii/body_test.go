package taxii_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/taxii"
)

// stored is a backend that gives its pages as they lie in a file.
type stored struct {
	*memory
	file         string
	fail         error // what bodies fail with after their first half
	asked        []int // the limits of the pages that were asked for
	opened, shut atomic.Int32
}

func (s *stored) Session(*http.Request) (taxii.Session, error) { return s, nil }

func (s *stored) Page(ctx context.Context, q taxii.PageRequest) (taxii.Page, error) {
	page, err := s.memory.Page(ctx, q)
	s.asked = append(s.asked, q.Limit)
	if err != nil || q.WithoutRaw || len(page.Items) == 0 {
		return page, err
	}
	var text strings.Builder
	for i, item := range page.Items {
		if i > 0 {
			text.WriteByte(',')
		}
		text.Write(item.Raw)
	}
	if err := os.WriteFile(s.file, []byte(text.String()), 0o600); err != nil {
		return taxii.Page{}, err
	}
	f, err := os.Open(s.file)
	if err != nil {
		return taxii.Page{}, err
	}
	s.opened.Add(1)
	page.Count, page.First, page.Last = len(page.Items), page.Items[0].Added, page.Items[len(page.Items)-1].Added
	page.Items, page.Body = nil, &fileBody{of: s, file: f, size: int64(text.Len())}
	return page, nil
}

// fileBody is a whole file.
type fileBody struct {
	of   *stored
	file *os.File
	size int64
}

func (b *fileBody) Len() int64 { return b.size }
func (b *fileBody) Close() error {
	b.of.shut.Add(1)
	return b.file.Close()
}

func (b *fileBody) WriteTo(w io.Writer) (int64, error) {
	if b.of.fail != nil {
		n, err := io.CopyN(w, b.file, b.size/2)
		return n, errors.Join(err, b.of.fail)
	}
	return io.Copy(w, b.file)
}

func inFile(t testing.TB, m *memory) *stored {
	return &stored{memory: m, file: filepath.Join(t.TempDir(), "page")}
}

// A page that is written as it is stored is the same page.
func TestStoredPages(t *testing.T) {
	m := filled(20)
	s := inFile(t, m)
	plain, h := handler(m), handler(s)
	for _, query := range []string{"", "?limit=1", "?limit=7", "?match[type]=malware", "?match[id]=indicator--00000000-0000-4000-8000-000000000003"} {
		for _, method := range []string{"GET", "HEAD"} {
			want, got := request(plain, method, sharedURL+"/objects/"+query, nil), request(h, method, sharedURL+"/objects/"+query, nil)
			sealed := func(w *httptest.ResponseRecorder) string {
				text, next := w.Body.String(), ""
				if _, after, ok := strings.Cut(text, `"next":"`); ok {
					next, _, _ = strings.Cut(after, `"`)
				}
				return fmt.Sprintf("%d %s %s %s %s", w.Code, w.Header().Get("Content-Length"), w.Header().Get("X-TAXII-Date-Added-First"),
					w.Header().Get("X-TAXII-Date-Added-Last"), strings.ReplaceAll(text, next, "NEXT"))
			}
			if sealed(want) != sealed(got) {
				t.Errorf("%s %s: from items\n%s\nfrom a file\n%s", method, query, sealed(want), sealed(got))
			}
			if method == "GET" && got.Header().Get("Content-Length") != strconv.Itoa(got.Body.Len()) {
				t.Errorf("%s: %s bytes are announced, and %d sent", query, got.Header().Get("Content-Length"), got.Body.Len())
			}
		}
	}
	if s.opened.Load() == 0 || s.opened.Load() != s.shut.Load() {
		t.Errorf("%d pages are opened and %d closed", s.opened.Load(), s.shut.Load())
	}
}

// A page that is longer than the limit in bytes is cut, and says that there is
// more; a single object is sent however long it is.
func TestPageIsCutByBytes(t *testing.T) {
	for name, limits := range map[string]func(*taxii.Handler, *memory){
		"of the handler": func(h *taxii.Handler, _ *memory) { h.MaxPageBytes = 1000 },
		"of the root":    func(h *taxii.Handler, m *memory) { h.MaxPageBytes, m.maxPageBytes = 1<<20, 1000 },
		"of one byte":    func(h *taxii.Handler, _ *memory) { h.MaxPageBytes = 1 },
	} {
		m := filled(3)
		for i := range 30 {
			id, version, _ := indicator(100+i, 0)
			m.put(id, version, []byte(`{"x":"`+strings.Repeat("a", i*i)+`"}`))
		}
		s := inFile(t, m)
		for backend, b := range map[string]taxii.Backend{"items": m, "file": s} {
			h := handler(b)
			limits(h, m)
			var got []string
			pages := walk(t, h, sharedURL+"/objects/?limit=20")
			for i, page := range pages {
				size := -1
				for _, o := range page.Objects {
					got, size = append(got, string(o)), size+len(o)+1
				}
				if len(page.Objects) > 1 && size > 1000 {
					t.Errorf("%s, %s: page %d has %d objects of %d bytes", name, backend, i, len(page.Objects), size)
				}
			}
			if strings.Join(got, ",") != strings.Join(raws(m.items), ",") || len(pages) < 10 {
				t.Errorf("%s, %s: %d objects on %d pages, want %d", name, backend, len(got), len(pages), len(m.items))
			}
		}
		if s.opened.Load() != s.shut.Load() {
			t.Errorf("%s: %d pages are opened and %d closed", name, s.opened.Load(), s.shut.Load())
		}
		if len(s.asked) > 200 {
			t.Errorf("%s: pages are asked for %d times", name, len(s.asked))
		}
	}
}

// A page that cannot be read to its end must not look as if it were whole.
func TestPageThatBreaksOff(t *testing.T) {
	s := inFile(t, filled(1000))
	s.fail = errors.New("disk on fire")
	server := httptest.NewServer(handler(s))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+sharedURL+"/objects/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%d bytes came, and no error", len(text))
	}
	if s.opened.Load() != s.shut.Load() {
		t.Errorf("%d pages are opened and %d closed", s.opened.Load(), s.shut.Load())
	}
}

// mistaken is a backend with a mistake in its pages.
type mistaken struct {
	taxii.Session
	mistake func(*taxii.Page)
}

func (m mistaken) Page(ctx context.Context, q taxii.PageRequest) (taxii.Page, error) {
	page, err := m.Session.Page(ctx, q)
	m.mistake(&page)
	return page, err
}

// A page that clients could not read, or that would lead them to itself, is an
// error of the server; there is no more without next.
func TestMistakenPages(t *testing.T) {
	for name, mistake := range map[string]func(*taxii.Page){
		"more without next": func(p *taxii.Page) { p.Next = "" },
		"no count":          func(p *taxii.Page) { p.Count = 0 },
	} {
		s := inFile(t, filled(3))
		if w := request(handler(backend{mistaken{s, mistake}}), "GET", sharedURL+"/objects/?limit=1", nil); w.Code != 500 {
			t.Errorf("%s: answered %d %s", name, w.Code, w.Body)
		}
		if s.opened.Load() != s.shut.Load() {
			t.Errorf("%s: %d pages are opened and %d closed", name, s.opened.Load(), s.shut.Load())
		}
	}
}

// backend is one whose users all have one session.
type backend struct{ session taxii.Session }

func (b backend) Session(*http.Request) (taxii.Session, error) { return b.session, nil }
