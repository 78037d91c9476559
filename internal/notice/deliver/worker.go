package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// State is what of package notice a worker needs.
type State interface {
	Due(now time.Time) (due []notice.Due, next time.Time)
	Sent(d notice.Due, now time.Time) (ledger.Draft, error)
	Failed(d notice.Due, f notice.Failure, now time.Time) (ledger.Draft, error)
}

// Deps are what a worker works with.
type Deps struct {
	State  State
	Ledger ledger.Ledger
	Policy dial.Policy
	// Bundle is what a channel of kind file is given; nil where there is no Dir.
	Bundle func(partner access.PartnerID, now time.Time) (*Envelope, error)
	Hub    string // its URL: what the paths of notices are below
	Clock  func() time.Time
	Logger *slog.Logger
}

// Limits of what is under way at once. Mail has places of its own, so that no
// receiver of webhooks holds it up, and no partner has all places of the others.
const (
	maxWeb        = 128
	maxPartnerWeb = 4

	crowded     = 50 * time.Millisecond // that the state's answer does while more is due than there are places
	idle        = 30 * time.Second      // between looks when nothing happens
	stopping    = 3 * time.Second       // that attempts have to end by themselves when the hub stops
	recordEvery = time.Second           // that the ledger is asked again to take an outcome
)

// Worker sends what is due. Make one with New; hand Entry to Views.OnEntry, and have
// Run run.
type Worker struct {
	Deps
	senders map[notice.ChannelKind]sender
	mailer  *mailer
	woken   chan struct{}

	due   []*notice.Due // of the state's last answer, what has no place yet
	asked time.Time     // when it was given

	mu     sync.Mutex
	folded ledger.Seq
	busy   map[string]*attempt      // by channel
	mails  int                      // under way
	web    int                      // under way, all that is not mail
	perWeb map[access.PartnerID]int // of web
}

// attempt is a delivery that is under way, until its outcome is folded.
type attempt struct {
	ended bool
	seq   ledger.Seq // of the outcome, once it has ended
}

// New makes a worker. The error is about the configuration.
func New(cfg Config, deps Deps) (*Worker, error) {
	web := newPoster(deps.Policy, deps.Clock)
	w := &Worker{
		Deps: deps, woken: make(chan struct{}, 1), busy: map[string]*attempt{}, perWeb: map[access.PartnerID]int{},
		senders: map[notice.ChannelKind]sender{notice.Webhook: webhook{web}, notice.Slack: slack{web}, notice.Matrix: matrix{web}},
	}
	if cfg.SMTP != "" {
		m, err := newMailer(cfg, deps.Policy)
		if err != nil {
			return nil, fmt.Errorf("[notices]: %w", err)
		}
		w.mailer, w.senders[notice.Mail] = m, m
	}
	if cfg.Dir != "" {
		w.senders[notice.File] = files{cfg.Dir, deps.Bundle, deps.Clock}
	}
	return w, nil
}

// Entry hears of a folded entry; it does not block.
func (w *Worker) Entry(e ledger.Entry) {
	area, _, _ := strings.Cut(string(e.Kind), ".")
	if area != "notice" && area != "channel" && area != "escalation" {
		return // nothing becomes due by it
	}
	w.mu.Lock()
	w.folded = e.Seq
	w.mu.Unlock()
	w.wake()
}

func (w *Worker) wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// doze is how long the worker sleeps at most: the hub's clock may be put forward
// meanwhile, or the machine be suspended, which timers do not count.
const doze = time.Minute

// Run sends until ctx ends. What is under way then has a moment to end; what does not
// is repeated after the next start, under the same key.
func (w *Worker) Run(ctx context.Context) error {
	sending, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	var under sync.WaitGroup
	w.renew()
	for ctx.Err() == nil {
		pause := w.begin(sending, &under)
		if w.mailer != nil {
			w.mailer.tidy(keepMail)
		}
		timer := time.NewTimer(min(pause, doze))
		select {
		case <-w.woken:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	defer time.AfterFunc(stopping, abort).Stop()
	under.Wait()
	if w.mailer != nil {
		w.mailer.tidy(0)
	}
	return nil
}

// renew forgets what an earlier run left under way, whose outcome another node may
// have had to find out.
func (w *Worker) renew() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due = nil
	clear(w.busy)
}

// begin starts what is due and has a place, and says when to look again.
func (w *Worker) begin(ctx context.Context, under *sync.WaitGroup) (pause time.Duration) {
	pause = w.ask()
	w.mu.Lock()
	defer w.mu.Unlock()
	left := w.due[:0]
	for _, d := range w.due {
		a, busy := w.take(d)
		switch {
		case a != nil:
			under.Go(func() { w.attempt(ctx, *d, a) })
		case !busy:
			left = append(left, d)
			pause = min(pause, crowded)
		}
	}
	w.due = left
	return pause
}

// ask has due be what the state gives. While more is due than there are places, its
// last answer does for a moment: else each place that gets free would have the whole
// list made again.
func (w *Worker) ask() time.Duration {
	w.settle()
	if len(w.due) > 0 && time.Since(w.asked) < crowded {
		return crowded
	}
	now := w.Clock()
	due, next := w.State.Due(now)
	w.due, w.asked = make([]*notice.Due, len(due)), time.Now()
	for i := range due {
		w.due[i] = &due[i]
	}
	if next.IsZero() {
		return idle
	}
	return min(max(next.Sub(now), time.Millisecond), idle)
}

// settle forgets the attempts whose outcome the state knows. Until then it would give
// them again. It comes before the state is asked.
func (w *Worker) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for channel, a := range w.busy {
		if a.ended && a.seq <= w.folded {
			delete(w.busy, channel)
		}
	}
}
