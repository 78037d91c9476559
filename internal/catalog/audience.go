package catalog

import (
	"sync"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/access"
)

// audience is an owner with the audience that it chose. Rows carry its number
// instead, so that the release rule is asked once for each distinct audience
// of an answer, and not for each row.
type audience struct {
	owner access.PartnerID
	text  string // as the ledger keeps it
}

// numbers knows the audience behind every number. A number is added here
// before the transaction that uses it commits, and given back if it does not:
// a reader that sees a number in a row always finds it.
type numbers struct {
	mu     sync.RWMutex
	of     map[audience]int64
	parsed map[int64]access.Audience
	owner  map[int64]access.PartnerID
}

func newNumbers() numbers {
	return numbers{of: map[audience]int64{}, parsed: map[int64]access.Audience{}, owner: map[int64]access.PartnerID{}}
}

func (n *numbers) load(conn *sqlite.Conn) error {
	return sqlitex.Execute(conn, "SELECT number, owner, audience FROM audience", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			return n.add(stmt.ColumnInt64(0), audience{access.PartnerID(stmt.ColumnText(1)), stmt.ColumnText(2)})
		},
	})
}

func (n *numbers) add(number int64, a audience) error {
	parsed, err := access.ParseAudience(a.text)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.of[a], n.parsed[number], n.owner[number] = number, parsed, a.owner
	return nil
}

func (n *numbers) find(a audience) (int64, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	number, ok := n.of[a]
	return number, ok
}

func (n *numbers) behind(number int64) (access.PartnerID, access.Audience) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.owner[number], n.parsed[number]
}

// withdraw takes back numbers whose transaction failed.
func (n *numbers) withdraw(added []audience) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, a := range added {
		number := n.of[a]
		delete(n.of, a)
		delete(n.parsed, number)
		delete(n.owner, number)
	}
}

// released is the release rule for one principal during one answer. It asks
// access.Principal.MaySee, once for each number.
type released struct {
	who     access.Principal
	numbers *numbers
	decided map[int64]bool
}

func (c *Catalog) releasedTo(who access.Principal) *released {
	return &released{who: who, numbers: &c.numbers, decided: map[int64]bool{}}
}

func (r *released) has(number int64) bool {
	seen, ok := r.decided[number]
	if !ok {
		seen = r.who.MaySee(r.numbers.behind(number))
		r.decided[number] = seen
	}
	return seen
}
