package views_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
)

const sender access.PartnerID = "identity--aaaaaaaa-0000-4000-8000-000000000001"

// submission is an outcome with one object; fill makes it longer.
func submission(t *testing.T, n, fill int) intake.Outcome {
	t.Helper()
	text := fmt.Sprintf(`{"type":"malware","spec_version":"2.1","id":"malware--00000000-0000-4000-8000-%012d","created":"2017-05-12T07:44:00.000Z","modified":"2017-05-12T07:44:00.000Z","is_family":false,"name":"%s"}`,
		n, strings.Repeat("n", 1+fill))
	outcome, err := intake.Read(t.Context(), strings.NewReader(text), intake.Submission{Partner: sender})
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func TestEqualContributionsAtTheSameTimeAreOne(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	outcome := submission(t, 1, 0)
	fresh := make(chan bool, 16)
	var all sync.WaitGroup
	for range cap(fresh) {
		all.Go(func() {
			taken, err := n.Contribute(patience(t), sender, outcome)
			if err != nil || !taken.Visible {
				t.Errorf("contribute: %+v, %v", taken, err)
			}
			fresh <- !taken.Known
		})
	}
	all.Wait()
	close(fresh)
	count := 0
	for one := range fresh {
		if one {
			count++
		}
	}
	head, err := n.Ledger.Head(t.Context())
	if err != nil || head.Seq != 1 || count != 1 {
		t.Errorf("16 equal contributions were appended %d times, the ledger has %d entries, %v", count, head.Seq, err)
	}
}
