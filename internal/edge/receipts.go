package edge

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	maxReceipts = 1000 // in one call
	maxProblem  = 500  // characters of a receipt's problem
)

// word is what an outlet has to say about a protection.
type word struct {
	InForce bool   `json:"in_force"`
	Problem string `json:"problem,omitempty"`
}

// said says that there is something to say; without, it is that the protection is gone.
func (w word) said() bool { return w != word{} }

// news is a receipt that the hub does not have yet.
type news struct {
	station *station
	receipt protect.Receipt
}

// unsaid is how an outlet's words differ from what the hub was told. A problem
// that goes on in other words is no news. Each says what is so, never what ought
// to be: an outlet is asked first and told about after.
func (f *enforcer) unsaid(s *station) []news {
	var list []news
	now := f.clock().UTC() // one time for all that is told together: the hub keeps them as one
	for id, v := range s.due {
		delete(s.due, id)
		w, known := f.word(s, id, v)
		if !known {
			continue // an update is on its way, which will tell
		}
		before, told := s.told[id]
		switch {
		case w == word{} && !told:
			continue
		case w == word{} && !before.InForce:
			delete(s.told, id)
			continue
		case told && before.InForce == w.InForce && (before.Problem == "") == (w.Problem == ""):
			continue
		}
		list = append(list, news{s, protect.Receipt{Protection: id, Outlet: s.Name(), InForce: w.InForce, Problem: w.Problem, At: now}})
	}
	return list
}

// word is what an outlet has to say about a protection: that it carries it, or
// why it does not, or why it still does. The zero word: it is gone. known is
// false while that cannot be said.
func (f *enforcer) word(s *station, id string, v observable.Value) (w word, known bool) {
	p, wanted := f.inForce[v]
	wanted = wanted && p.ID == id
	refusal := ""
	if wanted {
		refusal = s.refuses(p)
	}
	switch carried := s.carries[v] == id; {
	case carried && wanted && refusal == "":
		return word{InForce: true}, true
	case carried:
		return word{true, s.problem}, s.problem != ""
	case wanted && !s.able(p):
		return word{}, true
	case refusal != "":
		return word{false, printable(refusal)}, true
	case wanted:
		return word{false, s.problem}, s.problem != ""
	}
	if no, refused := f.without[id]; refused && f.known.latest[v].ID == id {
		return word{false, printable(no.forHub())}, true
	}
	return word{}, true
}

// teller sends receipts, one call after the other, and tries until the hub has
// them.
type teller struct {
	client *client.Client
	log    *slog.Logger
	busy   bool // of the enforcer
	jobs   chan []news
	told   chan []news
}

func newTeller(c *client.Client, log *slog.Logger) *teller {
	return &teller{client: c, log: log, jobs: make(chan []news, 1), told: make(chan []news)}
}

func (t *teller) tell(ctx context.Context, due []news) {
	t.busy = true
	select {
	case t.jobs <- due:
	case <-ctx.Done():
	}
}

func (t *teller) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case due := <-t.jobs:
			for rest := due; len(rest) > 0; {
				n := min(len(rest), maxReceipts)
				if !t.deliver(ctx, rest[:n]) {
					return
				}
				rest = rest[n:]
			}
			select {
			case t.told <- due:
			case <-ctx.Done():
				return
			}
		}
	}
}

// deliver tries until the hub has the receipts, or refuses them for good.
func (t *teller) deliver(ctx context.Context, due []news) bool {
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		err := t.send(ctx, due)
		if err == nil {
			return true
		}
		t.log.Debug("receipts wait", "count", len(due), "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
	}
}

// send sends receipts in one call. If the hub refuses them for good it tries
// smaller lots, so that one bad receipt does not hold up the others.
func (t *teller) send(ctx context.Context, due []news) error {
	receipts := make([]protect.Receipt, len(due))
	for i, n := range due {
		receipts[i] = n.receipt
	}
	err := t.client.Report(ctx, "/receipts", struct {
		Receipts []protect.Receipt `json:"receipts"`
	}{receipts}, nil)
	var problem *client.Problem
	switch {
	case errors.As(err, &problem) && problem.Final() && len(due) > 1:
		return errors.Join(t.send(ctx, due[:len(due)/2]), t.send(ctx, due[len(due)/2:]))
	case errors.As(err, &problem) && problem.Final():
		t.log.Error("receipt refused by the hub", "protection", due[0].receipt.Protection, "error", err)
		return nil
	}
	return err
}

// printable makes an error a receipt's problem, which is one line.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if runes := []rune(text); len(runes) > maxProblem {
		text = string(runes[:maxProblem-1]) + "…"
	}
	return text
}
