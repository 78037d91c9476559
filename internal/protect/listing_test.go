package protect_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func TestPagesHoldTheWholeList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHub(t, protect.Config{Corroboration: 1})
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			name := fmt.Sprintf("c%d.example", rapid.IntRange(0, 9).Draw(t, "name"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				if d, err := h.Recall(coordinator, value(t, name), "r", h.now); err == nil {
					h.append(d)
				}
			case 1:
				_ = h.ask(contributor, name, protect.Observe)
			default:
				q := protect.Request{Value: value(t, name), Polarity: protect.Block, Reason: "r", TLP: rapid.SampledFrom([]access.TLP{access.Green, access.Amber}).Draw(t, "tlp")}
				if d, err := h.Ask(coordinator, q, h.now); err == nil {
					h.append(d)
				}
			}
		}
		visitor := access.Visitor
		for _, by := range []access.Principal{coordinator, contributor, visitor} {
			limit := rapid.IntRange(1, 5).Draw(t, "limit")
			q, got := protect.Query{Limit: limit}, []protect.Protection{}
			for {
				page, next := h.Page(by, q)
				got = append(got, page...)
				if next == 0 {
					break
				}
				if len(page) != limit || next <= q.After {
					t.Fatalf("a page of %d of %d ends at %d after %d", len(page), limit, next, q.After)
				}
				q.After = next
			}
			if diff := cmp.Diff(h.ListFor(by), got); diff != "" {
				t.Fatalf("the list (-) and its pages (+): %s", diff)
			}
			some, _ := h.Page(by, protect.Query{Status: protect.Active})
			if diff := cmp.Diff(slices.DeleteFunc(h.ListFor(by), func(p protect.Protection) bool { return p.Status != protect.Active }), some); diff != "" {
				t.Fatalf("the active ones (-) and their page (+): %s", diff)
			}
			one, _ := h.Page(by, protect.Query{Value: value(t, "c1.example")})
			if diff := cmp.Diff(slices.DeleteFunc(h.ListFor(by), func(p protect.Protection) bool { return p.Text != "c1.example" }), one); diff != "" {
				t.Fatalf("those of a value (-) and their page (+): %s", diff)
			}
		}
	})
}
