package protect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Receipts is what one outlet says about many protections: one entry for all.
type Receipts struct {
	Outlet string  `json:"outlet"`
	Words  []Words `json:"words"`
}

// Words is the same word about many protections; its members are those of a
// Receipt.
type Words struct {
	InForce     bool      `json:"in_force"`
	At          time.Time `json:"at"`
	Problem     string    `json:"problem,omitempty"`
	Protections []string  `json:"protections"` // their IDs
}

// Each calls do with every receipt.
func (r Receipts) Each(do func(Receipt)) {
	for _, w := range r.Words {
		for _, id := range w.Protections {
			do(Receipt{Protection: id, Outlet: r.Outlet, InForce: w.InForce, At: w.At, Problem: w.Problem})
		}
	}
}

// maxTogether bounds the protections of one entry: 10,000 ids are half of what
// an entry holds.
const maxTogether = 10_000

// together puts receipts of one outlet that say the same into one place each:
// those that come later in the list also come later in what Each gives.
func together(list []Receipt) []Receipts {
	var all []Receipts
	open := map[string]int{} // the outlet's place in all
	room := map[string]int{}
	for _, r := range list {
		i, known := open[r.Outlet]
		if !known || room[r.Outlet] == 0 {
			i = len(all)
			all = append(all, Receipts{Outlet: r.Outlet})
			open[r.Outlet], room[r.Outlet] = i, maxTogether
		}
		room[r.Outlet]--
		words := all[i].Words
		last := len(words) - 1
		if last < 0 || words[last].InForce != r.InForce || words[last].Problem != r.Problem || !words[last].At.Equal(r.At) {
			words = append(words, Words{InForce: r.InForce, At: r.At, Problem: r.Problem})
			last++
		}
		words[last].Protections = append(words[last].Protections, r.Protection)
		all[i].Words = words
	}
	return all
}

// sorted has those that say the same side by side, so that together makes few
// of them; what is said twice about one protection keeps its order.
func sorted(list []Receipt) []Receipt {
	list = slices.Clone(list)
	said := map[[2]string]struct{}{}
	for _, r := range list {
		key := [2]string{r.Outlet, r.Protection}
		if _, twice := said[key]; twice {
			return list
		}
		said[key] = struct{}{}
	}
	slices.SortStableFunc(list, func(a, b Receipt) int {
		return cmp.Or(cmp.Compare(a.Outlet, b.Outlet), a.At.Compare(b.At), cmp.Compare(a.Problem, b.Problem),
			cmp.Compare(strconv.FormatBool(a.InForce), strconv.FormatBool(b.InForce)))
	})
	return list
}

// EachReceipt calls do with every receipt of an entry of KindReceipt, whose body
// is one Receipt or the Receipts of an outlet.
func EachReceipt(e ledger.Entry, do func(Receipt)) error {
	var body struct {
		Receipt
		Words []Words `json:"words"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return fmt.Errorf("read %s: %w", e.Kind, err)
	}
	if len(body.Words) == 0 && body.Protection != "" {
		do(body.Receipt)
		return nil
	}
	Receipts{body.Outlet, body.Words}.Each(do)
	return nil
}
