package voters_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// logged puts claims on a log, at the indexes 10, 20, 30 ...
func logged(claims ...voters.Claim) []voters.Logged {
	var acts []voters.Logged
	for i, c := range claims {
		acts = append(acts, voters.Logged{Act: voters.Act{Claim: c, At: voters.Time(noon), By: string(c.Partner)}, Index: int64(i+1) * 10})
	}
	return acts
}

func TestChain(t *testing.T) {
	a, b, c := generate(t), generate(t), generate(t)
	register := func(s signature.Signer) voters.Claim {
		return voters.Claim{Verb: voters.Register, Partner: north, Key: text(s)}
	}
	type may struct {
		key     signature.Signer
		index   int64
		allowed bool
	}
	trustA := map[access.PartnerID][]string{north: {text(a)}}
	for name, x := range map[string]struct {
		acts    []voters.Claim
		trusted map[access.PartnerID][]string
		want    []may
	}{
		"trusted":                    {nil, trustA, []may{{a, 0, true}, {a, 99, true}, {b, 99, false}}},
		"registering gives no trust": {[]voters.Claim{register(b)}, trustA, []may{{b, 99, false}, {a, 99, true}}},
		"a rotation":                 {[]voters.Claim{rotated(north, a, b)}, trustA, []may{{a, 9, true}, {a, 10, true}, {a, 11, false}, {b, 9, false}, {b, 10, false}, {b, 11, true}}},
		"two":                        {[]voters.Claim{rotated(north, a, b), rotated(north, b, c)}, trustA, []may{{b, 15, true}, {b, 25, false}, {c, 15, false}, {c, 25, true}}},
		"a revocation":               {[]voters.Claim{revoked(north, a)}, trustA, []may{{a, 9, true}, {a, 11, false}}},
		"a stolen key that was revoked is rotated": {[]voters.Claim{revoked(north, a), rotated(north, a, b)}, trustA, []may{{b, 99, false}}},
		"a key that was rotated away is rotated":   {[]voters.Claim{rotated(north, a, b), rotated(north, a, c)}, trustA, []may{{b, 99, true}, {c, 99, false}}},
		"a rotation from a key without trust":      {[]voters.Claim{rotated(north, b, c)}, trustA, []may{{b, 99, false}, {c, 99, false}, {a, 99, true}}},
		"what it rotated away before it was led to has ended": {
			[]voters.Claim{rotated(north, b, c), rotated(north, a, b)}, trustA, []may{{a, 99, false}, {b, 99, false}, {c, 99, false}},
		},
		"into a key that has ended": {[]voters.Claim{revoked(north, b), rotated(north, a, b)}, trustA, []may{{b, 99, false}}},
		"what another partner says": {[]voters.Claim{rotated(south, a, b), revoked(south, a)}, trustA, []may{{a, 99, true}, {b, 99, false}}},
		"another partner's trust":   {nil, map[access.PartnerID][]string{south: {text(a)}}, []may{{a, 99, false}}},
		"both are trusted":          {[]voters.Claim{rotated(north, a, b)}, map[access.PartnerID][]string{north: {text(a), text(b)}}, []may{{b, 5, true}, {a, 99, false}}},
		"in a circle":               {[]voters.Claim{rotated(north, a, b), rotated(north, b, a)}, trustA, []may{{a, 99, false}, {b, 99, false}}},
		"nobody is trusted":         {[]voters.Claim{register(a)}, nil, []may{{a, 99, false}}},
	} {
		ring := voters.Chain(logged(x.acts...), x.trusted)
		for _, m := range x.want {
			if got := ring.May(north, text(m.key), m.index); got != m.allowed {
				key := map[string]string{text(a): "a", text(b): "b", text(c): "c"}[text(m.key)]
				t.Errorf("%s: %s may sign at %d: %v", name, key, m.index, got)
			}
		}
	}
}

// An outsider who trusts what the hub's people registered comes to the hub's own
// answer, at every moment: both rules are one.
func TestChainIsTheFold(t *testing.T) {
	var pool []signature.Signer
	for range 6 {
		pool = append(pool, generate(t))
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := newNode(t)
		key := rapid.SampledFrom(pool)
		partner := rapid.SampledFrom([]access.PartnerID{north, south})
		type vote struct {
			partner access.PartnerID
			key     string
			index   int64
			may     bool
		}
		var votes []vote
		for range rapid.IntRange(1, 8).Draw(rt, "acts") {
			of := partner.Draw(rt, "partner")
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0:
				if d, err := n.Register(admin, of, text(key.Draw(rt, "key"))); err == nil {
					n.append(d, nil)
				}
			case 1, 2:
				c := rotated(of, key.Draw(rt, "previous"), key.Draw(rt, "next"))
				if d, err := n.Rotate(coordinator(of), of, c.Previous, c.Key, c.Signature); err == nil {
					n.append(d, nil)
				}
			case 3:
				if d, err := n.Revoke(admin, of, text(key.Draw(rt, "key")), ""); err == nil {
					n.append(d, nil)
				}
			}
			for _, p := range []access.PartnerID{north, south} {
				for _, k := range pool {
					votes = append(votes, vote{p, text(k), int64(len(n.entries))*10 + 5, n.May(p, text(k))})
				}
			}
		}
		var acts []voters.Logged
		trusted := make(map[access.PartnerID][]string)
		since := make(map[string]int64) // of what is trusted: when the hub took it
		for _, a := range n.Acts(north, south) {
			acts = append(acts, voters.Logged{Act: a.Act, Index: int64(a.Seq) * 10})
			if a.Verb == voters.Register {
				trusted[a.Partner] = append(trusted[a.Partner], a.Key)
				since[a.Key] = int64(a.Seq) * 10
			}
		}
		ring := voters.Chain(acts, trusted)
		for _, v := range votes {
			if got := ring.May(v.partner, v.key, v.index) && v.index > since[v.key]; got != v.may {
				rt.Fatalf("at %d %s may sign for %s: %v, the hub says %v", v.index, v.key, v.partner, got, v.may)
			}
		}
	})
}

func BenchmarkChain(b *testing.B) {
	n := newNode(b)
	last := generate(b)
	n.append(n.Register(admin, north, text(last)))
	for range 999 {
		next := generate(b)
		n.rotate(coordinator(north), north, last, next)
		last = next
	}
	var acts []voters.Logged
	for _, a := range n.Acts(north) {
		acts = append(acts, voters.Logged{Act: a.Act, Index: int64(a.Seq)})
	}
	trusted := map[access.PartnerID][]string{north: {acts[0].Key}}
	b.Run("Chain of 1000", func(b *testing.B) {
		for b.Loop() {
			if ring := voters.Chain(acts, trusted); !ring.May(north, text(last), 2000) {
				b.Fatal("the last key may not sign")
			}
		}
	})
	b.Run("Verify", func(b *testing.B) {
		for b.Loop() {
			if err := acts[1].Verify(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
