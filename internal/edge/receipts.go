package edge

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	maxReceipts = 1000 // in one call
	maxProblem  = 500  // characters of a receipt's problem
)

// news is a receipt that the hub does not have yet.
type news struct {
	outlet  *outlet
	receipt protect.Receipt
}

// confirm sends the receipts that the hub does not have yet. Each says what is
// so, never what ought to be: an outlet is asked first and told about after.
func (f *enforcer) confirm(ctx context.Context) error {
	var due []news
	for _, o := range f.outlets {
		due = append(due, f.unsaid(o)...)
	}
	for len(due) > 0 {
		n := min(len(due), maxReceipts)
		if err := f.send(ctx, due[:n]); err != nil {
			return err
		}
		due = due[n:]
	}
	return nil
}

// unsaid is how an outlet's words differ from what the hub was told. A problem
// that goes on in other words is no news.
func (f *enforcer) unsaid(o *outlet) []news {
	now := f.words(o)
	var due []news
	say := func(id string, w word) {
		due = append(due, news{o, protect.Receipt{Protection: id, Outlet: o.Name(), InForce: w.InForce, Problem: w.Problem, At: f.clock().UTC()}})
	}
	for id, w := range now {
		if before, told := o.told[id]; !told || before.InForce != w.InForce || (before.Problem == "") != (w.Problem == "") {
			say(id, w)
		}
	}
	for id, before := range o.told {
		if _, still := now[id]; still {
			continue
		}
		if before.InForce {
			say(id, word{})
		} else {
			delete(o.told, id)
		}
	}
	return due
}

// words is what an outlet has to say, by protection: what it carries, and what
// it should and does not, or should not and does, with the reason.
func (f *enforcer) words(o *outlet) map[string]word {
	words := map[string]word{}
	for id := range o.carries {
		words[id] = word{true, o.problem}
	}
	each(f.set, func(p protect.Protection) {
		if _, there := o.carries[p.ID]; there {
			words[p.ID] = word{InForce: true}
		} else {
			words[p.ID] = word{false, o.problem}
		}
	})
	for _, left := range f.set.Left() {
		if p, ok := f.known[left.Value]; ok && !words[p.ID].InForce {
			words[p.ID] = word{false, printable(left.Reason)}
		}
	}
	for id, no := range f.refused {
		if !words[id].InForce {
			words[id] = word{false, printable(no.forHub())}
		}
	}
	return words
}

// send sends receipts in one call. If the hub refuses them for good it tries
// smaller lots, so that one bad receipt does not hold up the others.
func (f *enforcer) send(ctx context.Context, due []news) error {
	receipts := make([]protect.Receipt, len(due))
	for i, n := range due {
		receipts[i] = n.receipt
	}
	err := f.client.Post(ctx, "/receipts", struct {
		Receipts []protect.Receipt `json:"receipts"`
	}{receipts}, nil)
	var problem *client.Problem
	switch {
	case errors.As(err, &problem) && problem.Final() && len(due) > 1:
		return errors.Join(f.send(ctx, due[:len(due)/2]), f.send(ctx, due[len(due)/2:]))
	case errors.As(err, &problem) && problem.Final():
		f.log.Error("receipt refused by the hub", "protection", due[0].receipt.Protection, "error", err)
	case err != nil:
		return err
	}
	for _, n := range due {
		if r := n.receipt; r.InForce || r.Problem != "" {
			n.outlet.told[r.Protection] = word{r.InForce, r.Problem}
		} else {
			delete(n.outlet.told, r.Protection)
		}
	}
	return nil
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
