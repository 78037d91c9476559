package nft

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
)

const (
	// perMessage is how many elements one message holds: a list of them has at most
	// 64 KiB, and one of an IPv6 address with its timeout takes 44 bytes.
	perMessage = 1000
	// sendBuffer holds the largest transaction: mostAtOnce elements, three times.
	sendBuffer = 4 << 20
	// patience is how long the kernel may take for one answer.
	patience = 30 * time.Second
)

// link is a connection to the kernel: requests are drafted and sent together, as
// one transaction. Errors of drafting are kept until then.
type link struct {
	conn  *nftables.Conn
	raw   *netlink.Conn
	table *nftables.Table
	err   error
}

func (o *Outlet) connect(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if o.link == nil {
		l := &link{table: &nftables.Table{Name: o.cfg.Table, Family: nftables.TableFamilyINet}}
		conn, err := nftables.New(nftables.AsLasting(), nftables.WithNetNSFd(o.cfg.NetNS),
			nftables.WithSockOptions(func(raw *netlink.Conn) error {
				l.raw = raw
				return raw.SetWriteBuffer(sendBuffer)
			}))
		if err != nil {
			return err
		}
		l.conn = conn
		o.link = l
	}
	// The kernel answers at once; what does not come is not waited for forever.
	deadline := time.Now().Add(patience)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	return o.link.raw.SetDeadline(deadline)
}

// disconnect forgets the connection, with the answers that may still wait in it,
// and what is known of the table.
func (o *Outlet) disconnect() {
	if o.link != nil {
		_ = o.link.conn.CloseLasting() // nothing is lost: each answer was read, or is of no use
	}
	o.link, o.sets = nil, nil
}

func (l *link) draft(err error) { l.err = errors.Join(l.err, err) }

func (l *link) add(s set, list []nftables.SetElement) {
	for part := range slices.Chunk(list, perMessage) {
		l.draft(l.conn.SetAddElements(s, part))
	}
}

func (l *link) remove(s set, list []nftables.SetElement) {
	for part := range slices.Chunk(list, perMessage) {
		l.draft(l.conn.SetDeleteElements(s, part))
	}
}

// flush sends what was drafted: the kernel does all of it or none.
func (l *link) flush() error {
	if l.err != nil {
		return l.err
	}
	return l.conn.Flush()
}

// used gives the sets that the table's rules look up, and how many rules do; none
// if there is no table.
func (l *link) used() (map[string]int, error) {
	used := map[string]int{}
	for _, c := range chains {
		rules, err := l.conn.GetRules(l.table, &nftables.Chain{Name: c.name})
		if errors.Is(err, os.ErrNotExist) || err != nil && strings.Contains(err.Error(), syscall.ENOENT.Error()) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list the rules of chain %s: %w", c.name, err)
		}
		for _, r := range rules {
			for _, e := range r.Exprs {
				if lookup, ok := e.(*expr.Lookup); ok {
					used[lookup.SetName]++
				}
			}
		}
	}
	return used, nil
}

// explained says what to do about an error, where something can be done.
func explained(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: changing the packet filter takes CAP_NET_ADMIN: run the edge as root, or give it that capability (systemd: AmbientCapabilities=CAP_NET_ADMIN; by hand: setcap cap_net_admin+ep on the program)", err)
	case errors.Is(err, syscall.EPROTONOSUPPORT), errors.Is(err, syscall.EAFNOSUPPORT):
		return fmt.Errorf("%w: the kernel has no nftables: load nf_tables, or use a kernel with CONFIG_NF_TABLES and CONFIG_NF_TABLES_INET", err)
	}
	return err
}
