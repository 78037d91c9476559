package publiclog

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// Status is how the log stands.
func (l *Logger) Status() proof.Status {
	tree := l.cfg.Log.Tree()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := proof.Status{
		Origin: tree.Origin, Size: tree.Size, Root: base64.StdEncoding.EncodeToString(tree.Root[:]),
		Cosigned: l.cosigned.tree.Size, Quorum: "none", Witnesses: make([]proof.Witness, 0, len(l.known)),
	}
	if l.last.Head != (ledger.Hash{}) {
		s.Ledger = &proof.Committed{At: l.last.Time.Time}
	}
	if l.cfg.Witnesses.Quorum != nil {
		s.Quorum = l.cfg.Witnesses.Quorum.String()
	}
	for _, w := range l.known {
		s.Witnesses = append(s.Witnesses, w.state)
	}
	slices.SortFunc(s.Witnesses, func(a, b proof.Witness) int { return strings.Compare(a.Name, b.Name) })
	if l.failing != nil {
		s.Error = l.failing.Error()
	}
	return s
}
