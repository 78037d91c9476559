package exposure

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/compose"
)

// Bounds of what a partner may report.
const (
	MaxRows     = 200_000       // of one partner
	MaxAllRows  = 5_000_000     // of all partners together
	MaxProducts = 100           // of one partner and one vulnerability
	MaxCount    = 1_000_000_000 // hosts in one row
	maxProduct  = 80            // characters
	maxNote     = 200
	maxVuln     = 32 // bytes: CVE-2017-0144, with up to 19 digits
)

// Counts are numbers of hosts. Patched, exposed, unsupported and unknown add up to
// the total.
type Counts struct {
	Total       int64 `json:"total" minimum:"0" doc:"hosts that could be affected; 0 removes the row"`
	Patched     int64 `json:"patched,omitzero" minimum:"0" doc:"the remedy is in place, or a check found them not vulnerable"`
	Exposed     int64 `json:"exposed,omitzero" minimum:"0" doc:"vulnerable, and there is a remedy"`
	Unsupported int64 `json:"unsupported,omitzero" minimum:"0" doc:"vulnerable, and their maker gives no remedy any more"`
	Unknown     int64 `json:"unknown,omitzero" minimum:"0" doc:"nobody has looked, or it cannot be told"`
	Mitigated   int64 `json:"mitigated,omitzero" minimum:"0" doc:"of exposed and unsupported: guarded in another way, such as by a filter"`
}

// Row is what a partner says of itself about one vulnerability, and one product
// where it tells them apart: counts only. A row without a product is about all that
// no other row of the vulnerability names.
type Row struct {
	Vulnerability string `json:"vulnerability" doc:"CVE-2017-0144"`
	Product       string `json:"product,omitzero" doc:"such as Windows 7"`
	Counts
	AsOf time.Time `json:"as_of,omitzero" doc:"when it was so, as the partner says"`
	Note string    `json:"note,omitzero"`
}

// normal is the row with its vulnerability as it is written, or what is wrong.
func (r Row) normal() (Row, error) {
	name, ok := compose.CVE(r.Vulnerability)
	if !ok || len(name) > maxVuln {
		return r, fmt.Errorf("%w: vulnerability: %.40q is no CVE number such as CVE-2017-0144", access.ErrInvalid, r.Vulnerability)
	}
	r.Vulnerability = name
	if r.Product != "" {
		if err := access.CheckText("product", r.Product, maxProduct); err != nil {
			return r, err
		}
	}
	if r.Note != "" {
		if err := access.CheckText("note", r.Note, maxNote); err != nil {
			return r, err
		}
	}
	if !r.AsOf.IsZero() && (r.AsOf.Year() < 1970 || r.AsOf.Year() >= 2100) {
		return r, fmt.Errorf("%w: as_of: %s is not between 1970 and 2099", access.ErrInvalid, r.AsOf.Format(time.RFC3339))
	}
	r.AsOf = r.AsOf.UTC().Truncate(time.Second)
	return r, r.Counts.check()
}

// named are the counts in the order in which they are shown, with their names in
// JSON and CSV.
func (c *Counts) named() []struct {
	name string
	n    *int64
} {
	return []struct {
		name string
		n    *int64
	}{
		{"total", &c.Total}, {"patched", &c.Patched}, {"exposed", &c.Exposed},
		{"unsupported", &c.Unsupported}, {"unknown", &c.Unknown}, {"mitigated", &c.Mitigated},
	}
}

func (c Counts) check() error {
	if c.Total|c.Patched|c.Exposed|c.Unsupported|c.Unknown|c.Mitigated < 0 || max(c.Total, c.Patched, c.Exposed, c.Unsupported, c.Unknown, c.Mitigated) > MaxCount {
		for _, one := range c.named() {
			if *one.n < 0 || *one.n > MaxCount {
				return fmt.Errorf("%w: %s: %d is not between 0 and %d", access.ErrInvalid, one.name, *one.n, MaxCount)
			}
		}
	}
	switch sum := c.Patched + c.Exposed + c.Unsupported + c.Unknown; {
	case sum != c.Total:
		return fmt.Errorf("%w: patched %d, exposed %d, unsupported %d and unknown %d add up to %d, and total is %d: what nobody knows belongs to unknown", access.ErrInvalid, c.Patched, c.Exposed, c.Unsupported, c.Unknown, sum, c.Total)
	case c.Mitigated > c.Exposed+c.Unsupported:
		return fmt.Errorf("%w: mitigated %d is more than exposed %d and unsupported %d together", access.ErrInvalid, c.Mitigated, c.Exposed, c.Unsupported)
	}
	return nil
}

// add adds what another says, times sign.
func (c *Counts) add(o Counts, sign int64) {
	c.Total += sign * o.Total
	c.Patched += sign * o.Patched
	c.Exposed += sign * o.Exposed
	c.Unsupported += sign * o.Unsupported
	c.Unknown += sign * o.Unknown
	c.Mitigated += sign * o.Mitigated
}

// list and counted are what package disclosure adds up.
func (c Counts) list() []int64 {
	return []int64{c.Total, c.Patched, c.Exposed, c.Unsupported, c.Unknown, c.Mitigated}
}

func counted(list []int64) Counts {
	return Counts{list[0], list[1], list[2], list[3], list[4], list[5]}
}
