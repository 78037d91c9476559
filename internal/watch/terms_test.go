package watch_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// shown is a term of an event.
type shown struct{ path, text string }

func termsOf(e *telemetry.Event) (all []shown) {
	e.Terms(func(path, text string) bool {
		if s := (shown{strings.Clone(path), strings.Clone(text)}); !slices.Contains(all, s) {
			all = append(all, s)
		}
		return true
	})
	return all
}

func quoted(text string) string {
	return pattern.Constant{Kind: pattern.String, Text: text}.String()
}

// number writes text as a pattern's number, if it is one.
func number(text string) (string, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "-.0123456789") != "" {
		return "", false
	}
	return strconv.FormatFloat(f, 'f', -1, 64), true
}

// library is a set of patterns whose ids are their texts, and what each says
// alone.
type library struct {
	t        *testing.T
	set      *patternset.Set
	programs map[string]*pattern.Program
}

func newLibrary(t *testing.T) *library {
	return &library{t, patternset.New(patternset.Options{Uncovered: 1 << 20, Crowd: 1 << 20}), map[string]*pattern.Program{}}
}

// add adds a pattern and says whether it holds for an observation by itself.
func (l *library) add(o *pattern.Observed, text string) bool {
	l.t.Helper()
	program, ok := l.programs[text]
	if !ok {
		p, err := pattern.Parse(text)
		if err == nil {
			program, err = pattern.Compile(p)
		}
		if err == nil {
			err = l.set.Add(text, p)
		}
		if err != nil {
			l.t.Fatalf("%s: %v", text, err)
		}
		l.programs[text] = program
	}
	_, holds := program.Match([]pattern.Observed{*o})
	return holds
}

// constant is a term's text as the constant that the observation's is equal to:
// a string, or a number.
func (l *library) constant(o *pattern.Observed, s shown) string {
	l.t.Helper()
	isText := l.add(o, "["+s.path+" = "+quoted(s.text)+"]")
	n, ok := number(s.text)
	if isNumber := ok && l.add(o, "["+s.path+" = "+n+"]"); isText == isNumber {
		l.t.Errorf("%s = %q: equal to the text %v, to the number %v", s.path, s.text, isText, isNumber)
	}
	if isText {
		return quoted(s.text)
	}
	return n
}

// addTerm adds the patterns that a term answers, and such that nearly do.
func (l *library) addTerm(o *pattern.Observed, s shown, all []shown) {
	l.t.Helper()
	if p, err := pattern.Parse("[EXISTS " + s.path + "]"); err != nil || p.String() != "[EXISTS "+s.path+"]" {
		l.t.Fatalf("%s is not as patterns print it: %s, %v", s.path, p, err)
	}
	c := l.constant(o, s)
	near := func(text, constant string) {
		if l.add(o, "["+s.path+" = "+constant+"]") != slices.Contains(all, shown{s.path, text}) {
			l.t.Errorf("%s = %s and the terms %v do not agree", s.path, constant, all)
		}
	}
	runes := []rune(s.text)
	switch {
	case c != quoted(s.text):
		near("1"+c, "1"+c)
		return
	case s.text == "":
		return
	}
	last := len(runes) - 1
	changed := string(runes[:last]) + string(runes[last]^1)
	for _, text := range []string{changed, string(runes[:last]), s.text + "x", strings.ToUpper(s.text), strings.ToLower(s.text)} {
		near(text, quoted(text))
	}
	middle := string(runes[len(runes)/4 : len(runes)-len(runes)/4])
	for _, comparison := range []string{"LIKE " + quoted("%"+middle+"%"), "MATCHES " + quoted(regexp.QuoteMeta(middle)), "MATCHES " + quoted("(?i)"+regexp.QuoteMeta(strings.ToUpper(middle)))} {
		if !l.add(o, "["+s.path+" "+comparison+"]") {
			l.t.Errorf("%s %s does not hold for %q", s.path, comparison, s.text)
		}
	}
}

// TestPatternsOfTerms: a pattern made of a term of a record hits the record, and
// all that hit are those that hold for it by themselves.
func TestPatternsOfTerms(t *testing.T) {
	for name, events := range records(t) {
		t.Run(name, func(t *testing.T) {
			l := newLibrary(t)
			observed, terms := make([]*pattern.Observed, len(events)), make([][]shown, len(events))
			for i, e := range events {
				observed[i], terms[i] = e.Observed(), termsOf(e)
				for _, s := range terms[i] {
					l.addTerm(observed[i], s, terms[i])
				}
			}
			w, hits := watch.New(watch.Library{Patterns: l.set}).Watcher(), 0
			for i, e := range events {
				var want, got []string
				for text, program := range l.programs {
					if _, ok := program.Atoms()[0].Test(observed[i]); ok {
						want = append(want, text)
					}
				}
				for _, h := range w.Hits(e, uint64(i)) {
					got = append(got, h.Indicator.ID)
					if !slices.Contains(terms[i], shown{h.Field, h.Value}) || !h.Pattern || !cmp.Equal(h.Refs, []uint64{uint64(i)}) {
						t.Errorf("event %d: %+v is not of %v", i, h, terms[i])
					}
				}
				slices.Sort(want)
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("event %d %v (-alone +together):\n%s", i, observed[i].Objects, diff)
				}
				hits += len(got)
			}
			t.Logf("%d events, %d patterns, %d hits", len(events), len(l.programs), hits)
		})
	}
}

// TestPatternsOfTwoRecords: of each two terms of records that follow one another
// the pattern hits with the second record, and tells of both.
func TestPatternsOfTwoRecords(t *testing.T) {
	for name, events := range records(t) {
		slices.SortStableFunc(events, func(a, b *telemetry.Event) int { return a.Time.Compare(b.Time) })
		events = append(events, events[0].Clone()) // dnstap has one
		events[len(events)-1].Time = events[len(events)-2].Time.Add(time.Hour)
		for i := range min(len(events), 40) - 1 {
			alone, l := newLibrary(t), newLibrary(t)
			a, b := events[i], events[i+1]
			as, bs := termsOf(a), termsOf(b)
			apart := b.Time.Sub(a.Time)/time.Second + 1
			var want []string
			for j := range max(len(as), len(bs)) {
				first, second := as[j%len(as)], bs[j%len(bs)]
				text := fmt.Sprintf("([%s = %s] FOLLOWEDBY [%s = %s]) WITHIN %d SECONDS", first.path, alone.constant(a.Observed(), first), second.path, alone.constant(b.Observed(), second), apart)
				l.add(a.Observed(), text)
				want = append(want, text)
			}
			w := watch.New(watch.Library{Patterns: l.set}).Watcher()
			if hits := w.Hits(a, 41); len(hits) != 0 {
				t.Fatalf("%s: the first record is a hit: %v", name, hits)
			}
			var got []string
			for _, h := range w.Hits(b, 42) {
				got = append(got, h.Indicator.ID)
				if !cmp.Equal(h.Refs, []uint64{41, 42}) || !slices.Contains(bs, shown{h.Field, h.Value}) {
					t.Errorf("%s: %+v", name, h)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
				t.Errorf("%s, event %d: (-want +got)\n%s", name, i, diff)
			}
		}
	}
}
