package deliver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// book is what a worker asks, as package notice keeps it, but with another attempt
// after a hundredth of a second: it folds the outcomes from the ledger.
type book struct {
	mu    sync.Mutex
	queue map[string][]notice.Due // by channel
	given map[string]int          // how often a delivery is on the ledger as sent
	wait  map[string]time.Time
	gone  map[string]bool
}

func newBook() *book {
	return &book{queue: map[string][]notice.Due{}, given: map[string]int{}, wait: map[string]time.Time{}, gone: map[string]bool{}}
}

func (b *book) add(d notice.Due) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue[d.Channel.ID] = append(b.queue[d.Channel.ID], d)
}

func (b *book) Due(now time.Time) (due []notice.Due, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for channel, q := range b.queue {
		switch {
		case len(q) == 0 || b.gone[channel]:
		case b.wait[channel].After(now):
			if next.IsZero() || b.wait[channel].Before(next) {
				next = b.wait[channel]
			}
		default:
			due = append(due, q[0])
		}
	}
	return due, next
}

func (b *book) Sent(d notice.Due, _ time.Time) (ledger.Draft, error) {
	return ledger.NewDraft(notice.KindSent, access.Hub, "", notice.Outcome{Channel: d.Channel.ID, Key: d.Key})
}

func (b *book) Failed(d notice.Due, f notice.Failure, _ time.Time) (ledger.Draft, error) {
	return ledger.NewDraft(notice.KindFailed, access.Hub, "", notice.Outcome{Channel: d.Channel.ID, Key: d.Key, Error: f.Why, GivenUp: f.Final, Gone: f.Gone})
}

func (b *book) fold(e ledger.Entry) error {
	var o notice.Outcome
	if err := json.Unmarshal(e.Body, &o); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queue[o.Channel]
	if e.Kind == notice.KindSent {
		b.given[o.Key]++
	}
	if e.Kind == notice.KindSent || o.GivenUp {
		b.queue[o.Channel] = slices.DeleteFunc(q, func(d notice.Due) bool { return d.Key == o.Key })
	}
	b.wait[o.Channel] = e.Time.Add(10 * time.Millisecond)
	b.gone[o.Channel] = b.gone[o.Channel] || o.Gone
	return nil
}

func (b *book) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for channel, q := range b.queue {
		if !b.gone[channel] {
			n += len(q)
		}
	}
	return n
}

// desk is a worker with its ledger, which is followed as a hub does.
type desk struct {
	*Worker
	t    testing.TB
	book *book
	log  ledger.Ledger
	stop func()
}

func openLedger(t testing.TB, dir string) ledger.Ledger {
	t.Helper()
	l, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func startDesk(t testing.TB, b *book, l ledger.Ledger, change ...func(*Worker)) *desk {
	t.Helper()
	w, err := New(Config{}, Deps{State: b, Ledger: l, Policy: inside, Hub: "https://hub.example", Clock: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(w)
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &desk{Worker: w, t: t, book: b, log: l}
	var done sync.WaitGroup
	done.Go(func() {
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	done.Go(func() { d.follow(ctx) })
	d.stop = sync.OnceFunc(func() {
		cancel()
		done.Wait()
	})
	t.Cleanup(d.stop)
	return d
}

func (d *desk) follow(ctx context.Context) {
	var at ledger.Seq
	for ctx.Err() == nil {
		for e, err := range d.log.Read(ctx, at) {
			if err != nil {
				return
			}
			if err := d.book.fold(e); err != nil {
				d.t.Error(err)
			}
			at = e.Seq
			d.Entry(e)
		}
		_ = d.log.Wait(ctx, at)
	}
}

// until waits for what a test cannot be told of otherwise.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func due(channel notice.Channel, n int) notice.Due {
	return notice.Due{Channel: channel, Attempt: 1, Key: fmt.Sprintf("delivery--%s-%d", channel.ID, n), Notices: []notice.Notice{{
		ID: fmt.Sprintf("notice--%s-%d", channel.ID, n), Topic: notice.TopicAlert, Severity: notice.Warning, TLP: access.Green, Title: "[TLP:GREEN] title", Link: "/notices/1", At: at,
	}}}
}

// receiver is a real HTTP server that can be away. It counts what it took, by id.
type receiver struct {
	addr string
	mu   sync.Mutex
	took map[string]int
	ids  []string // in order
	mode int      // what it answers; 0: it hangs
	srv  *httptest.Server
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	_, _ = io.Copy(io.Discard, q.Body)
	r.mu.Lock()
	mode := r.mode
	if mode == http.StatusOK {
		r.took[q.Header.Get("Webhook-Id")]++
		r.ids = append(r.ids, q.Header.Get("Webhook-Id"))
	}
	r.mu.Unlock()
	if mode == 0 {
		<-q.Context().Done()
		return
	}
	w.WriteHeader(mode)
}

func (r *receiver) set(mode int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mode = mode
}

// up has it listen at its address, the same one each time.
func (r *receiver) up(t *testing.T) {
	t.Helper()
	if r.addr == "" {
		r.addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	r.addr = l.Addr().String()
	r.srv = &httptest.Server{Listener: l, Config: &http.Server{Handler: r}}
	r.srv.Start()
}
