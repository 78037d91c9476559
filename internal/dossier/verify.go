package dossier

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/trust"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// verifier is a verification under way. Each check fills in what later ones
// need, and leaves it out if it is not to be had; a check that lacks something
// is not made, and does not hold.
type verifier struct {
	options Options
	data    []byte
	files   map[string][]byte // nil: they cannot be read

	own     *trust.File // keys.txt
	trusted *trust.File // what the reader trusts, with the keys themselves; keys.txt without a trust file

	checkpoint *translog.Cosigned // signed by keys of keys.txt
	earlier    []translog.Cosigned

	acts    []voters.Act
	records []recordLine
	// Whether they have been read, and why they cannot be.
	actsRead, recordsRead bool
	actsErr, recordsErr   error
	places                []place // of the acts, the records and the manifest, in this order; nil if their number is wrong

	scores *score.Scores // that page and bundle have to show

	theCase *attribution.Case
	keyring *voters.Keyring
	ballots *ballots
}

// checks are docs/dossier.md's last table, in its order.
var checks = []struct {
	name string
	make func(*verifier) (detail string, err error)
}{
	{"container", (*verifier).checkContainer},
	{"manifest", (*verifier).checkManifest},
	{"keys", (*verifier).checkKeys},
	{"checkpoint", (*verifier).checkCheckpoint},
	{"history", (*verifier).checkHistory},
	{"inclusion", (*verifier).checkInclusion},
	{"records", (*verifier).checkRecords},
	{"keyacts", (*verifier).checkKeyActs},
	{"votes", (*verifier).checkVotes},
	{"policy", (*verifier).checkPolicy},
	{"replies", (*verifier).checkReplies},
	{"seals", (*verifier).checkSeals},
	{"scores", (*verifier).checkScores},
	{"page", (*verifier).checkPage},
	{"stix", (*verifier).checkBundle},
}

// Verify makes all the checks of docs/dossier.md on a dossier's bytes. It reads
// nothing else and never fails itself: what is wrong is in the report. A check
// that cannot be made because of an earlier one does not hold and says so.
func Verify(data []byte, o Options) Report {
	v := &verifier{options: o, data: data}
	report := Report{Verdict: Verified}
	if o.Trust == nil {
		report.Verdict = SelfConsistent
	}
	add := func(name string, made func(*verifier) (string, error)) {
		detail, err := made(v)
		if err != nil {
			detail, report.Verdict = err.Error(), Rejected
		}
		report.Checks = append(report.Checks, Check{Name: name, OK: err == nil, Detail: strings.ToValidUTF8(detail, "\uFFFD")})
	}
	for _, c := range checks {
		add(c.name, c.make)
	}
	if o.Checkpoint != nil {
		add("fork", (*verifier).checkFork)
	}
	if len(o.Files) > 0 {
		add("file", (*verifier).checkFiles)
	}
	if report.Verdict != Rejected {
		report.Summary = v.summary()
	}
	return report
}

// notMade is for a check that needs what an earlier one could not give.
func notMade(because string) error {
	return fmt.Errorf("not checked, since %s does not hold", because)
}

// recordIndexes are the records' indexes in the log, as proofs.jsonl says them.
func (v *verifier) recordIndexes() []int64 {
	indexes := make([]int64, len(v.records))
	for i := range indexes {
		indexes[i] = v.places[len(v.acts)+i].index
	}
	return indexes
}
