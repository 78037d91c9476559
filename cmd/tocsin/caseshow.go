package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/quorum"
)

type caseShowCommand struct {
	hubFlags
	ID      string `arg:"" name:"case" help:"The case."`
	Records bool   `help:"Print one line for each record instead."`
	JSON    bool   `name:"json" help:"Print the case as JSON; with --records, the records with their salts."`
}

func (c *caseShowCommand) Run(env *environment) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	if c.JSON && c.Records {
		return c.raw(env, "/records")
	}
	one, err := fetchCase(env.Context, hub, c.ID)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return env.printJSON(one.shown)
	case c.Records:
		return printRecords(env, one)
	}
	printHead(env.Stdout, one)
	for _, s := range one.Statements {
		if s.Published > 0 || len(s.Votes) > 0 || isPending(one, s) {
			printStatement(env.Stdout, one, s)
		}
	}
	return printMatrix(env, one)
}

// raw prints what the hub answers as it is.
func (c *caseShowCommand) raw(env *environment, path string) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var all jsontext.Value
	if err := hub.Get(env.Context, casePath(c.ID)+path, &all); err != nil {
		return err
	}
	return env.printJSON(all)
}

func isPending(c *checkedCase, s attribution.Statement) bool {
	for _, p := range c.pending() {
		if p.Digest == s.Digest {
			return true
		}
	}
	return false
}

func printHead(w io.Writer, c *checkedCase) {
	fmt.Fprintf(w, "%s\n", c.ID)
	if c.Simulated != "" {
		fmt.Fprintf(w, "SIMULATED:     %s\n", visible(c.Simulated))
	}
	fmt.Fprintf(w, "Question:      %s\n", visible(c.Question))
	if c.Outbreak != "" {
		fmt.Fprintf(w, "Outbreak:      %s\n", visible(c.Outbreak))
	}
	fmt.Fprintf(w, "Status:        %s\n", statusOf(*c.Case))
	for _, label := range c.Labels() {
		fmt.Fprintf(w, "NOTE:          %s\n", attribution.LabelWords(label))
	}
	fmt.Fprintf(w, "Opened:        %s, by %s\n", c.Opened.Format(time.RFC3339), visible(c.Called(c.By)))
	fmt.Fprintf(w, "Decision rule: %s\n", named(c, c.Policy.String()))
	fmt.Fprintf(w, "Checked here:  %d records, one chain, ending with %s; scores computed anew\n", c.Records, c.Head)
}

var partnerInText = regexp.MustCompile(`identity--[0-9a-f-]{36}`)

// named is a policy with the partners' names for their ids.
func named(c *checkedCase, policy string) string {
	return partnerInText.ReplaceAllStringFunc(policy, func(id string) string { return visible(c.Called(access.PartnerID(id))) })
}

// printStatement writes a statement with all that was said to it.
func printStatement(w io.Writer, c *checkedCase, s attribution.Statement) {
	d := s.Document
	state := "not published"
	if s.Published > 0 {
		state = "published " + c.History[s.Published-1].At.Format(time.RFC3339)
	}
	fmt.Fprintf(w, "\nStatement, version %d (%s), %s\n", d.Version, d.Act, state)
	printDocument(w, c, s)
	for _, v := range s.Standing() {
		fmt.Fprintf(w, "  %-12s %s, with %s confidence: %s\n", v.Document.Vote.Verb()+":", visible(c.Called(v.By)), v.Document.Confidence, visible(v.Document.Words))
	}
	if silent := c.Silent(s); len(silent) > 0 {
		fmt.Fprintf(w, "  no vote yet: %s\n", names(c, silent))
	}
	fmt.Fprintf(w, "  tally:       %s\n", s.Tally())
	if c.Carried(s) {
		fmt.Fprintln(w, "  rule:        satisfied")
	} else {
		fmt.Fprintln(w, "  rule:        not satisfied")
		printMissing(w, c, c.Policy.Group(), s.Endorsed(), "    ")
	}
	for _, r := range c.RepliesTo(s) {
		how := "source: " + r.Source
		if r.Signed() {
			how = "signed"
		}
		fmt.Fprintf(w, "  reply:       %s, %s (%s): %s\n", visible(r.Document.From), r.Document.Relation, visible(how), visible(r.Document.Text))
	}
}

// printDocument writes what partners vote on.
func printDocument(w io.Writer, c *checkedCase, s attribution.Statement) {
	d := s.Document
	fmt.Fprintf(w, "  digest:      %s\n", s.Digest)
	fmt.Fprintf(w, "  finding:     %s (%s)\n", visible(c.Title(d.Finding)), d.Finding)
	fmt.Fprintf(w, "  likelihood:  %s\n", d.Likelihood.Words())
	fmt.Fprintf(w, "  confidence:  %s\n", d.Confidence)
	fmt.Fprintf(w, "  text:        %s\n", visible(d.Text))
	for _, id := range d.Cites {
		fmt.Fprintf(w, "  cites:       %s\n", cited(c, id))
	}
	for _, gap := range d.Gaps {
		fmt.Fprintf(w, "  gap:         %s\n", visible(gap))
	}
	for _, change := range d.WouldChange {
		fmt.Fprintf(w, "  would change it: %s\n", visible(change))
	}
	if d.Occurred != "" {
		fmt.Fprintf(w, "  occurred:    %s\n", visible(d.Occurred))
	}
	fmt.Fprintf(w, "  basis:       the case up to record %d; put to the vote by %s, record %d\n", d.Basis.N, visible(c.Called(s.By)), s.Record)
}

// cited is an item of evidence in a line.
func cited(c *checkedCase, id attribution.EvidenceID) string {
	for _, e := range c.Evidence {
		if e.ID == id {
			return fmt.Sprintf("%s  %s (%s)", e.ID, visible(e.Title), itemWords(e))
		}
	}
	return string(id)
}

// itemWords are an item's grades, and what became of it.
func itemWords(e attribution.Filed) string {
	words := []string{fmt.Sprintf("%s%d", e.Reliability, e.Credibility), "relevance " + e.Relevance.Word(), "forgeability " + e.Forgeability.Word()}
	if e.Seal != "" && e.Unsealed == 0 {
		words = append(words, "sealed")
	}
	if e.Unsealed > 0 {
		words = append(words, "seal opened")
	}
	if e.Status != attribution.ItemFiled {
		words = append(words, strings.ToUpper(string(e.Status)))
	}
	return strings.Join(words, ", ")
}

func names(c *checkedCase, partners []access.PartnerID) string {
	list := make([]string, len(partners))
	for i, p := range partners {
		list[i] = visible(c.Called(p))
	}
	return strings.Join(list, ", ")
}

// printMissing says, group by group, whose endorsement a decision rule lacks.
func printMissing(w io.Writer, c *checkedCase, g quorum.Group, endorsed func(access.PartnerID) bool, indent string) {
	has := func(leaf string) bool { return endorsed(access.PartnerID(leaf)) }
	met, lack := 0, []string{}
	var groups []quorum.Group
	for _, m := range g.Members {
		switch {
		case m.Group == nil && has(m.Leaf), m.Group != nil && m.Group.Satisfied(has):
			met++
		case m.Group == nil:
			lack = append(lack, visible(c.Called(access.PartnerID(m.Leaf))))
		default:
			lack = append(lack, "the group "+m.Group.Name)
			groups = append(groups, *m.Group)
		}
	}
	name := ""
	if g.Name != "" {
		name = g.Name + ": "
	}
	fmt.Fprintf(w, "%s%s%d of %d needed have endorsed; not yet: %s\n", indent, name, met, g.Need(), strings.Join(lack, ", "))
	for _, inner := range groups {
		printMissing(w, c, inner, endorsed, indent+"  ")
	}
}
