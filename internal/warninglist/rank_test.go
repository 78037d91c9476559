package warninglist_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/warninglist"
)

const ranks = "rank,name\n1,com\n2,portal.example\r\n3,\"quoted.example\"\n3,two words\n4,github.io\n5,a.b.deep.example\n6,late.example\n7,notread.example\n"

func TestReadRanks(t *testing.T) {
	lists, problems, err := warninglist.ReadRanks(strings.NewReader(ranks), 6)
	if err != nil || problems.Junk != 2 {
		t.Fatal(err, problems)
	}
	for name, want := range map[string]bool{
		"portal.example": true, "www.portal.example": true, "xportal.example": false, "quoted.example": true,
		"github.io": true, "evil.github.io": false, "deep.example": true, "late.example": true, "notread.example": false, "evil.com": false,
	} {
		if hit, bad := lists.Check(value(t, name)); bad != want || bad && !strings.Contains(hit.Why, "the 6 most popular names") {
			t.Errorf("%s: popular %t (%s), want %t", name, bad, hit.Why, want)
		}
	}
}

func TestReadRanksOfNothing(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		limit int
	}{"empty": {"", 10}, "no line": {"portal.example\nrank\n", 10}, "no limit": {ranks, 0}, "a limit too far": {ranks, warninglist.MaxRank + 1},
		"a line too long": {"1," + strings.Repeat("a", 5000), 10}} {
		if lists, _, err := warninglist.ReadRanks(strings.NewReader(c.text), c.limit); err == nil || lists != nil {
			t.Errorf("%s: read", name)
		}
	}
}
