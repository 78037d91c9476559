package published

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

const (
	ransomSeeds = 20
	officeActs  = 1_000_000
	officeSeed  = 1
)

// ransomware is how many files each behaviour costs until it is found, and the
// false alarms on an office's everyday.
func ransomware(_ context.Context, size Size) (measured, error) {
	seeds, acts := ransomSeeds, officeActs
	if size.Small {
		seeds, acts = 1, officeActs/20
	}
	behaviours := ransom.Score(ransom.Config{}, seeds)
	lines := append(make([][]string, 0, len(behaviours)+1), []string{"behaviour", "found", "files until then, median and 95 of 100", "after", "remark"})
	expected, found := 0, 0
	for _, d := range behaviours {
		if d.Expect {
			expected, found = expected+d.Seeds, found+d.Found
		}
		files, after := "", ""
		if d.Found > 0 {
			files = fmt.Sprintf("%d, %d", d.Files[0], d.Files[1])
			after = fmt.Sprintf("%s, %s", d.After[0].Round(100*time.Millisecond), d.After[1].Round(100*time.Millisecond))
		}
		lines = append(lines, []string{d.Name, fmt.Sprintf("%d of %d", d.Found, d.Seeds), files, after, d.Remark})
	}
	tools, err := ransom.FalseAlarms(ransom.Config{})
	if err != nil {
		return measured{}, err
	}
	return measured{[]Row{
		{
			What: "ransomware that the rule is meant to find", Published: "all of it", Source: "our goal",
			Ours: fmt.Sprintf("%d of %d", found, expected), How: fmt.Sprintf("records of encryption, %d seeds a behaviour; table below, with those that it does not find", seeds),
		},
		toolRow(tools),
		{
			What: "ransomware rule, false alarms on an office's everyday", Published: "0", Source: "our goal",
			Ours: fmt.Sprintf("%d in %d writes and renames; %d once %q is named as known", officeAlarms(acts), acts, officeAlarms(acts, officeOwn), officeOwn),
			How:  fmt.Sprintf("a generated office of 300 hosts, seed %d", officeSeed),
			Why:  "one of its programs renames incoming files of three kinds to one extension of its own, many in one go, at every host: it is found, as it should be, until its extension is named as known",
		},
	}, table(lines...) + "\n" + toolTable(tools)}, nil
}

// officeOwn is the extension that a program of the office's gives to files.
const officeOwn = ".booked"

// officeAlarms is how many findings there are in so many acts of an office in
// which some extensions are known.
func officeAlarms(acts int, known ...string) int {
	detector, alarms := ransom.New(ransom.Config{Known: known}), 0
	ransom.Office(officeSeed, acts, func(a ransom.Act) bool {
		detector.Act(a)
		alarms += len(detector.Take())
		return true
	})
	return alarms
}

func toolRow(tools []ransom.Tool) Row {
	events, findings := 0, 0
	for _, t := range tools {
		events, findings = events+t.Events, findings+len(t.Findings)
	}
	ours := fmt.Sprintf("%d in %d file events: %.3g in a million", findings, events, 1e6*float64(findings)/float64(events))
	if findings == 0 {
		ours = fmt.Sprintf("0 in %d file events: below %.2g in a million with 95 in 100", events, 3e6/float64(events))
	}
	return Row{
		What: "ransomware rule, false alarms on archivers, backup and build tools", Published: "0", Source: "our goal",
		Ours: ours, How: fmt.Sprintf("%d real programs' recorded work; second table below", len(tools)),
		Why: "each that is flagged is named in the table, and why: to rename many files of many kinds into one new extension is what the rule asks for",
	}
}

func toolTable(tools []ransom.Tool) string {
	lines := append(make([][]string, 0, len(tools)+1), []string{"program", "file events", "findings", "remark"})
	for _, t := range tools {
		lines = append(lines, []string{t.Name, fmt.Sprint(t.Events), fmt.Sprint(len(t.Findings)), t.Remark})
	}
	return table(lines...)
}
