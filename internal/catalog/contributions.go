package catalog

import (
	"context"
	"fmt"
	"math"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Contribution is what one partner shared at once.
type Contribution struct {
	ID          string
	First, Last ledger.Seq // its entries
	At          time.Time  // when it came into the catalog; zero where it brought nothing new
	Objects     int        // versions that it brought
	Shared      int        // of those, how many its owner has not withdrawn
}

// Contributions is what an owner shared, the newest first, at most limit; those with
// entries before a number, 0 for all. What was erased is not there, and what was
// withdrawn and shared again is there twice.
func (c *Catalog) Contributions(ctx context.Context, owner access.PartnerID, before ledger.Seq, limit int) (list []Contribution, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	var withdrawn []int
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT contribution, seq, withdrawn FROM part INDEXED BY part_owner WHERE owner = ? AND seq < ? ORDER BY seq DESC",
			func(s *sqlite.Stmt) {
				s.BindText(1, string(owner))
				s.BindInt64(2, int64(before))
			},
			func(s *sqlite.Stmt) (bool, error) {
				id, seq := s.ColumnText(0), ledger.Seq(s.ColumnInt64(1))
				if n := len(list); n > 0 && list[n-1].ID == id && list[n-1].First == seq+1 {
					list[n-1].First = seq
					withdrawn[n-1] += s.ColumnInt(2)
					return true, nil
				}
				if len(list) == limit {
					return false, nil
				}
				list, withdrawn = append(list, Contribution{ID: id, First: seq, Last: seq}), append(withdrawn, s.ColumnInt(2))
				return true, nil
			})
	})
	if err != nil {
		return nil, fmt.Errorf("contributions of %s: %w", owner, err)
	}
	a := c.ask(access.Principal{})
	defer a.close()
	for i := range list {
		a.count(&list[i], withdrawn[i])
	}
	return list, nil
}

// maxParts bounds the entries that are looked at to count contributions.
const maxParts = 100_000

// Contributed is how often an owner shared something, counted as Contributions lists
// it, up to most; further says that there is more.
func (c *Catalog) Contributed(ctx context.Context, owner access.PartnerID, most int) (n int, further bool, err error) {
	var last string
	var before ledger.Seq
	parts := 0
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT contribution, seq FROM part INDEXED BY part_owner WHERE owner = ? ORDER BY seq DESC",
			func(s *sqlite.Stmt) { s.BindText(1, string(owner)) },
			func(s *sqlite.Stmt) (bool, error) {
				id, seq := s.ColumnText(0), ledger.Seq(s.ColumnInt64(1))
				if parts++; id != last || before != seq+1 {
					if further = n == most || parts > maxParts; further {
						return false, nil
					}
					n++
				}
				last, before = id, seq
				return true, nil
			})
	})
	if err != nil {
		return 0, false, fmt.Errorf("count the contributions of %s: %w", owner, err)
	}
	return n, further, nil
}

// Contribution is what an owner shared under an id, the last time that it did;
// ErrNotFound if it did not, or erased it.
func (c *Catalog) Contribution(ctx context.Context, owner access.PartnerID, id string) (Contribution, error) {
	k, withdrawn := Contribution{ID: id}, 0
	err := c.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT seq, withdrawn FROM part WHERE contribution = ? AND owner = ? ORDER BY seq DESC",
			func(s *sqlite.Stmt) {
				s.BindText(1, id)
				s.BindText(2, string(owner))
			},
			func(s *sqlite.Stmt) (bool, error) {
				seq := ledger.Seq(s.ColumnInt64(0))
				if k.Last == 0 {
					k.First, k.Last = seq+1, seq
				}
				if seq+1 != k.First {
					return false, nil
				}
				k.First = seq
				withdrawn += s.ColumnInt(1)
				return true, nil
			})
	})
	if err == nil && k.Last == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Contribution{}, fmt.Errorf("contribution %s: %w", id, err)
	}
	a := c.ask(access.Principal{})
	defer a.close()
	a.count(&k, withdrawn)
	return k, nil
}

// count says what is on the shelf of a contribution, by its entries: how many versions
// of each are withdrawn is kept as they are, and none is looked at.
func (a *asker) count(k *Contribution, withdrawn int) {
	for seq := k.First; seq <= k.Last; seq++ {
		first, last := a.view.Entry(uint64(seq))
		if first > last {
			continue
		}
		if k.Objects == 0 {
			_, _, added := a.view.Place(first)
			k.At = fromMicros(added)
		}
		k.Objects += int(last - first + 1)
	}
	k.Shared = max(k.Objects-withdrawn, 0) // what is not on the shelf yet is withdrawn already
}

// maxBrought bounds the versions of one contribution that are looked at to list those
// that are seen.
const maxBrought = 100_000

// Brought is the first versions that the entries of a contribution brought and that
// the principal sees, at most limit, without their bytes.
func (c *Catalog) Brought(_ context.Context, who access.Principal, k Contribution, limit int) (found []Object, err error) {
	a := c.ask(who)
	defer a.close()
	for seq, looked := k.First, 0; seq <= k.Last; seq++ {
		first, last := a.view.Entry(uint64(seq))
		for n := first; n <= last; n++ {
			if looked++; looked > maxBrought || len(found) == limit {
				return found, nil
			}
			if !a.sees(n) {
				continue
			}
			o, _, err := a.object(n)
			if err != nil {
				return nil, fmt.Errorf("objects of %s: %w", k.ID, err)
			}
			o.Raw = nil
			found = append(found, o)
		}
	}
	return found, nil
}
