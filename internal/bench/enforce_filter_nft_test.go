package bench

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// packetFilter is nftables in a network namespace, in which the hub, the edge and
// the packets are, too. The kernel refuses to send a packet that its output chain
// drops (EPERM): so a packet tells, without anybody waiting for it.
type packetFilter struct {
	*space
	h         *hub
	four, six *net.UDPConn
	conn      *nftables.Conn
	own       *nftables.Set
}

func startPacketFilter(r *run) filterEngine {
	if _, err := exec.LookPath("nft"); err != nil {
		r.Skipf("NOT MEASURED: there is no nft (Debian: nftables): %v", err)
	}
	p := &packetFilter{space: r.newSpace("198.51.100.0/24", "2001:db8::/32")}
	if _, err := built.program(r.Context(), false); err != nil {
		r.Fatal(err)
	}
	var err4, err6 error
	p.within(func() {
		p.h = r.newHub()
		p.four, err4 = net.ListenUDP("udp4", nil)
		p.six, err6 = net.ListenUDP("udp6", nil)
	})
	if err := errors.Join(err4, err6); err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { p.four.Close(); p.six.Close() })
	p.command("nft", "add table inet bare { set block4 { type ipv4_addr; flags timeout; }; chain output { type filter hook output priority 0; ip daddr @block4 drop; }; }")
	var err error
	if p.conn, err = nftables.New(nftables.AsLasting(), nftables.WithNetNSFd(int(p.file.Fd()))); err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = p.conn.CloseLasting() })
	p.own = &nftables.Set{Table: &nftables.Table{Name: "bare", Family: nftables.TableFamilyINet}, Name: "block4", KeyType: nftables.TypeIPAddr, HasTimeout: true}
	return p
}

func (p *packetFilter) hub() *hub { return p.h }

func (p *packetFilter) edge(state, token string) (e *edge) {
	p.within(func() { e = startEdge(p.h, token, state, "--enforce", "nft", "--max-blocks", "2000000") })
	return e
}

func (p *packetFilter) one(i int) string  { return fmt.Sprintf("198.51.100.%d", i+1) }
func (p *packetFilter) many(i int) string { return fmt.Sprintf("2001:db8::%x:%x", i>>16+1, i&0xffff) }

func (p *packetFilter) stopped(value string) bool {
	to := netip.AddrPortFrom(netip.MustParseAddr(value), 9)
	from := p.four
	if to.Addr().Is6() {
		from = p.six
	}
	_, err := from.WriteToUDPAddrPort([]byte("?"), to)
	if err != nil && !errors.Is(err, unix.EPERM) {
		p.r.Fatalf("send to %s: %v", value, err)
	}
	return err != nil
}

func (p *packetFilter) bare(value string) { p.element(p.conn.SetAddElements, value) }
func (p *packetFilter) lift(value string) { p.element(p.conn.SetDeleteElements, value) }

func (p *packetFilter) element(change func(*nftables.Set, []nftables.SetElement) error, value string) {
	err := change(p.own, []nftables.SetElement{{Key: netip.MustParseAddr(value).AsSlice(), Timeout: time.Hour}})
	if err = errors.Join(err, p.conn.Flush()); err != nil {
		p.r.Fatal(err)
	}
}

func (p *packetFilter) empty() {
	p.command("sh", "-c", "for t in tocsin peer; do nft list table inet $t >/dev/null 2>&1 && nft delete table inet $t; done; true")
}

// load is nft(8) with the same addresses in a file; its parser takes most of that.
func (p *packetFilter) load(n int) time.Duration {
	var text strings.Builder
	text.WriteString("table inet peer {\nset block6 {\ntype ipv6_addr; flags timeout;\nelements = {\n")
	for i := range n {
		text.WriteString(p.many(i) + " timeout 1d,\n")
	}
	text.WriteString("}\n}\n}\n")
	file := filepath.Join(p.r.TempDir(), "many.nft")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		p.r.Fatal(err)
	}
	began := time.Now()
	p.command("nft", "-f", file)
	return time.Since(began)
}
