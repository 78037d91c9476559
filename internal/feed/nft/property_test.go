package nft_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/nftables"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Whatever is decided, change by change the kernel's sets hold the blocks of the set
// and nothing else; so never the address that a must-resolve name is answered with.
func TestChangesAddUp(t *testing.T) {
	w := newWorld(t)
	conn, err := nftables.New(nftables.AsLasting(), nftables.WithNetNSFd(w.filter.fd))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseLasting()
	texts := []string{"203.0.113.7", "203.0.113.8", "192.0.2.80", "192.0.2.0/25", "192.0.2.0/24", "203.0.113.0/29", "2001:db8:bad::7", "2001:db8:bad::/64"}
	rapid.Check(t, func(rt *rapid.T) {
		e := newEdge(w)
		e.decide()
		standing := map[string]protect.Protection{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "decisions") {
			text := rapid.SampledFrom(texts).Draw(rt, "value")
			one, was := standing[text]
			switch {
			case i%5 == 4:
				one = e.block(fmt.Sprintf("198.51.100.%d", i))
				one.Value = observable.Value{Type: observable.Domain, Text: "kill.example"}
				one.Polarity, one.Answer = protect.MustResolve, "192.0.2.80"
			case !was || rapid.Bool().Draw(rt, "another"):
				one = e.block(text)
				one.ID = fmt.Sprint("protection--", i)
				one.Polarity = rapid.SampledFrom([]protect.Polarity{protect.Block, protect.Block, protect.Observe}).Draw(rt, "polarity")
				standing[text] = one
			default:
				one = revoked(one)
				delete(standing, text)
			}
			e.take(one)
			if rapid.Bool().Draw(rt, "apply") {
				e.decide()
			}
		}
		e.decide()
		want := map[string]bool{}
		for _, p := range e.live.Set().Blocks() {
			prefix, ok := p.Prefix()
			if !ok {
				continue
			}
			if want[prefix.String()] = true; prefix.Contains(netip.MustParseAddr("192.0.2.80")) && len(e.live.Set().MustResolve()) > 0 {
				rt.Errorf("%s holds the answer of a must-resolve", prefix)
			}
		}
		if diff := cmp.Diff(want, kernel(rt, conn)); diff != "" {
			rt.Fatalf("the sets (-want +got):\n%s", diff)
		}
		e.out.Close()
	})
}

// kernel is what the sets hold, as prefixes.
func kernel(rt *rapid.T, conn *nftables.Conn) map[string]bool {
	sets, err := conn.GetSets(&nftables.Table{Name: "tocsin", Family: nftables.TableFamilyINet})
	if err != nil {
		rt.Fatal(err)
	}
	got := map[string]bool{}
	for _, s := range sets {
		var family, bits int
		if n, _ := fmt.Sscanf(s.Name, "prefix%d-%d", &family, &bits); n < 2 {
			bits = 8 * int(s.KeyType.Bytes)
		}
		list, err := conn.GetSetElements(s)
		if err != nil {
			rt.Fatal(err)
		}
		for _, el := range list {
			a, _ := netip.AddrFromSlice(el.Key)
			got[netip.PrefixFrom(a, bits).String()] = true
		}
	}
	return got
}
