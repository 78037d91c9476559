package catalog

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/access"
)

// audience is an owner with the audience that it chose. Versions carry its
// number instead, so that the release rule is asked once for each distinct
// audience of an answer, and not for each version.
type audience struct {
	owner access.PartnerID
	text  string // as the ledger keeps it; several with both between them
}

// both joins audiences of which a reader has to belong to each.
const both = "\n"

// known is an audience that has a number.
type known struct {
	audience
	parsed access.Audience   // the last one
	also   []access.Audience // the ones before it
	by     uint32            // the number of the owner's first audience: one for each owner
}

// numbers knows the audience behind every number, from 1. A number is added
// here before the transaction that uses it commits, and given back if it does
// not: a reader that sees a number always finds it.
type numbers struct {
	mu   sync.RWMutex
	of   map[audience]uint32
	by   map[access.PartnerID]uint32
	list []known
}

func newNumbers() numbers {
	return numbers{of: map[audience]uint32{}, by: map[access.PartnerID]uint32{}, list: make([]known, 1)}
}

func (n *numbers) load(conn *sqlite.Conn) error {
	return sqlitex.Execute(conn, "SELECT number, owner, audience FROM audience ORDER BY number", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			number, err := n.add(audience{access.PartnerID(stmt.ColumnText(1)), stmt.ColumnText(2)})
			if err == nil && int64(number) != stmt.ColumnInt64(0) {
				err = fmt.Errorf("the catalog's file is damaged, it lacks audience %d: delete it to have it rebuilt", number)
			}
			return err
		},
	})
}

func (n *numbers) add(a audience) (uint32, error) {
	k := known{audience: a}
	for text := range strings.SplitSeq(a.text, both) {
		parsed, err := access.ParseAudience(text)
		if err != nil {
			return 0, err
		}
		k.also = append(k.also, parsed)
	}
	last := len(k.also) - 1
	k.parsed, k.also = k.also[last], k.also[:last]
	n.mu.Lock()
	defer n.mu.Unlock()
	number := uint32(len(n.list))
	var ok bool
	if k.by, ok = n.by[a.owner]; !ok {
		k.by = number
		n.by[a.owner] = number
	}
	n.of[a] = number
	n.list = append(n.list, k)
	return number, nil
}

// tells says whether a principal is one of those who are told.
func (k *known) tells(who access.Principal) bool {
	for _, a := range k.also {
		if !who.MaySee(k.owner, a) {
			return false
		}
	}
	return who.MaySee(k.owner, k.parsed)
}

func (n *numbers) find(a audience) (uint32, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	number, ok := n.of[a]
	return number, ok
}

func (n *numbers) behind(number uint32) known {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.list[number]
}

// nobodys says whether nobody is told what has the audience: it was withdrawn.
func (n *numbers) nobodys(number uint32) bool {
	k := n.behind(number)
	return k.parsed.TLP == ""
}

// ownerOf is one number for each owner.
func (n *numbers) ownerOf(number uint32) uint32 { return n.behind(number).by }

// all is what is behind every number there is by now.
func (n *numbers) all() []known {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.list
}

// withdraw takes back the last numbers: their transaction failed.
func (n *numbers) withdraw(added int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	from := len(n.list) - added
	for i := len(n.list) - 1; i >= from; i-- {
		k := n.list[i]
		delete(n.of, k.audience)
		if k.by == uint32(i) {
			delete(n.by, k.owner)
		}
	}
	n.list = slices.Clip(n.list[:from]) // a reader may still hold what is behind it
}
