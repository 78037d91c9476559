package publiclog_test

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// check holds the whole log against the whole ledger: every leaf once, in order,
// each commitment behind the leaves of what it covers, and over exactly that.
func (s *site) check() {
	s.t.Helper()
	if left := s.checked(); len(left) > 0 {
		s.t.Fatalf("the log has not %d entries of the ledger", len(left))
	}
}

// checkShared is check, where the newest entries may be about the log itself.
func (s *site) checkShared() {
	s.t.Helper()
	for _, e := range s.checked() {
		if !ofLog(e.Kind) {
			s.t.Fatalf("the log does not have entry %d of the ledger, %s", e.Seq, e.Kind)
		}
	}
}

// checked is check, and gives what is not committed to.
func (s *site) checked() []ledger.Entry {
	s.t.Helper()
	var ledgerEntries []ledger.Entry
	for e, err := range s.source.Read(s.t.Context(), 0) {
		if err != nil {
			s.t.Fatal(err)
		}
		ledgerEntries = append(ledgerEntries, e)
	}
	at, tree := 0, &proof.Tree{}
	leaves := make([]string, 0, len(ledgerEntries)) // of the entries walked over, and not yet found on the log
	for i, entry := range s.entries() {
		switch c, err := proof.ParseCommitment(entry); {
		case strings.HasPrefix(string(entry), "tocsin-record/v1\n"):
			for len(leaves) == 0 && at < len(ledgerEntries) {
				leaves = s.walk(ledgerEntries[at], tree, leaves)
				at++
			}
			if len(leaves) == 0 || leaves[0] != string(entry) {
				s.t.Fatalf("entry %d of the log is %q, want %q", i, entry, leaves)
			}
			leaves = leaves[1:]
		case err == nil:
			for at < len(ledgerEntries) && (at == 0 || ledgerEntries[at-1].Hash != c.Head) {
				leaves = s.walk(ledgerEntries[at], tree, leaves)
				at++
			}
			root, err := tree.Root()
			if err != nil || root != c.Root || ledgerEntries[at-1].Hash != c.Head || len(leaves) > 0 {
				s.t.Fatalf("entry %d of the log: commits to %s with %s, want %s with %s, and before it %q; %v", i, c.Head, c.Root, ledgerEntries[at-1].Hash, root, leaves, err)
			}
			tree = &proof.Tree{}
		}
	}
	return ledgerEntries[at:]
}

func (s *site) walk(e ledger.Entry, tree *proof.Tree, leaves []string) []string {
	if err := tree.Add(e.Hash); err != nil {
		s.t.Fatal(err)
	}
	if e.Kind == kindLeaf {
		leaves = append(leaves, string(leafOf(e)))
	}
	return leaves
}
