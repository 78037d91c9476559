package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// itemView is an item of evidence in a list.
type itemView struct {
	attribution.Evidence
	N         int
	Path      string
	Filed     stepView
	Grade     string // the Admiralty code
	GradeSays string
	Weight    string
	Tells     string // diagnosticity; "" for what does not count
	TellsSays string
	Flags     []string
	Hidden    bool
	Mark      string // the last one's reason
	MarkedBy  string
	Missing   []string // hypotheses without a rating
	Raters    int      // partners that have rated it
	Cells     []fitCell
}

// caseEvidencePage is the items of a case with how they are rated.
type caseEvidencePage struct {
	caseView
	Matrix               caseMatrix
	From, Last, All      int
	Earlier, Later       string // where the pages before and after are; "" for none
	Telling              bool   // those that tell most come first
	Across               int    // hypotheses in all
	AcrossFrom, AcrossTo int
	Left, Right          string // where the hypotheses before and after are
}

const (
	maxCaseItems = 15 // in one page
	maxMissing   = 40 // names in a sentence
)

func (p *pages) caseEvidence(r reading) (content, error) {
	base, err := p.caseOf(r, "evidence")
	if err != nil {
		return content{}, err
	}
	v := caseEvidencePage{caseView: *base, All: len(base.Evidence), Telling: r.URL.Query().Get("by") == "telling", Across: len(base.Hypotheses)}
	from, across := leftOff(r, "from", v.All), leftOff(r, "hypotheses", v.Across)
	order := v.mostTelling(v.All)
	if !v.Telling {
		slices.Sort(order)
	}
	shown := order[from:min(from+maxCaseItems, v.All)]
	v.From, v.Last, v.AcrossFrom = from+1, from+len(shown), across+1
	v.Matrix = v.matrix(shown, v.columns(across, maxCaseAcross))
	v.AcrossTo = across + len(v.Matrix.Columns)
	at := func(from, across int) string {
		q := url.Values{"from": {strconv.Itoa(from)}, "hypotheses": {strconv.Itoa(across)}}
		if v.Telling {
			q.Set("by", "telling")
		}
		return "?" + q.Encode()
	}
	if from > 0 {
		v.Earlier = at(max(0, from-maxCaseItems), across)
	}
	if v.Last < v.All {
		v.Later = at(v.Last, across)
	}
	if across > 0 {
		v.Left = at(from, max(0, across-maxCaseAcross))
	}
	if v.AcrossTo < v.Across {
		v.Right = at(from, v.AcrossTo)
	}
	return content{"case-evidence", english.say("case.evidence.title", v.Question), "/cases", v}, nil
}

// leftOff is how much of a list a page leaves out, as its address says: less than
// all. What is no number is nothing.
func leftOff(r reading, name string, all int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 || n >= all {
		return 0
	}
	return n
}

// itemsAt are the items at some places, without cells.
func (v *caseView) itemsAt(places []int) []itemView {
	cited, marks, raters := v.citedNow(), map[attribution.EvidenceID]attribution.Marked{}, v.raters(places)
	for _, m := range v.Marks {
		marks[m.Evidence] = m
	}
	list := make([]itemView, 0, len(places))
	for _, i := range places {
		item, s := v.Evidence[i], v.scores.Rows[i]
		one := itemView{
			Evidence: item.Evidence, N: i + 1, Path: v.itemPath(item.ID), Filed: v.step(item.Record), Grade: fmt.Sprint(item.Reliability, int(item.Credibility)),
			GradeSays: english.say("case.grade", item.Evidence), Weight: decimals(s.Weight), TellsSays: english.say("case.tells.not", nil),
			Flags: flags(item, s, cited[item.ID]), Hidden: item.Hidden(), Raters: raters[i],
		}
		if s.Counts {
			one.Tells = decimals(s.Diagnosticity)
			one.TellsSays = english.say("case.tells", one.Tells)
		}
		if m, marked := marks[item.ID]; marked {
			one.Mark, one.MarkedBy = m.Reason, v.History[m.Record-1].Party
		}
		missing, _ := firstOf(s.Missing, maxCaseTold)
		for _, id := range missing {
			one.Missing = append(one.Missing, v.Title(attribution.HypothesisID(id)))
		}
		list = append(list, one)
	}
	return list
}

// citedNow are the items that a published statement, or one that waits, rests on.
func (v *caseView) citedNow() map[attribution.EvidenceID]bool {
	cited := map[attribution.EvidenceID]bool{}
	for _, s := range v.Statements {
		if s.Published > 0 || waits(v.Case, s) {
			for _, id := range s.Document.Cites {
				cited[id] = true
			}
		}
	}
	return cited
}

// raters is how many partners have rated the items at some places.
func (v *caseView) raters(places []int) map[int]int {
	type pair struct {
		row int
		by  string
	}
	wanted, seen, counts := map[int]bool{}, map[pair]bool{}, map[int]int{}
	for _, i := range places {
		wanted[i] = true
	}
	for i := range v.Ratings {
		r := &v.Ratings[i]
		if one := (pair{r.Row, string(r.By)}); wanted[r.Row] && !seen[one] {
			seen[one] = true
			counts[r.Row]++
		}
	}
	return counts
}

// flags are what has to be seen first of an item.
func flags(item attribution.Filed, s score.RowScore, cited bool) []string {
	var list []string
	for _, flag := range []struct {
		holds bool
		word  string
	}{
		{item.Status != attribution.ItemFiled, string(item.Status)}, {cited, "cited"}, {s.Decisive, "decisive"}, {s.NonDiagnostic, "non-diagnostic"},
		{item.Forgeability == attribution.High, english.say("case.flag.forgeable", nil)}, {item.Seal != "" && item.Unsealed == 0, "sealed"}, {item.Unsealed > 0, "opened"},
		{!s.Counts, english.say("case.flag.no-count", nil)},
	} {
		if flag.holds {
			list = append(list, flag.word)
		}
	}
	return list
}
