package made

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Mix says which share of records carries an indicator, and which one that
// only looks like one; the rest are everyday names.
type Mix struct{ Hits, NearMisses float64 }

// random draws what goes into records.
type random struct {
	*rand.Rand
	of  Indicators
	mix Mix
}

func newRandom(seed uint64, of Indicators, mix Mix) *random {
	if of.N < 100 {
		mix = Mix{}
	}
	return &random{rand.New(rand.NewPCG(seed, of.Seed)), of, mix}
}

// draw calls one of the three.
func (r *random) draw(hit, near, benign func() string) string {
	switch x := r.Float64(); {
	case x < r.mix.Hits:
		return hit()
	case x < r.mix.Hits+r.mix.NearMisses:
		return near()
	}
	return benign()
}

func (r *random) pick(list ...string) string { return list[r.IntN(len(list))] }

// name is a DNS name. Whatever is under a listed domain is a hit, in any case
// and with or without the root's dot.
func (r *random) name() string {
	return r.draw(
		func() string {
			d := r.of.of(r, 0, 40).Text
			return r.pick(d, strings.ToUpper(d), d+".", "c2."+d, "a.b."+d, "WWW."+d+".")
		},
		func() string {
			d := r.of.of(r, 0, 40).Text
			_, above, _ := strings.Cut(d, ".")
			return r.pick("not"+d, d+".good.example", "x"+d[1:], above, strings.Replace(d, ".", "-", 1), "xn--"+d, d+"x", d[1:])
		},
		r.benign)
}

func (r *random) benign() string {
	return fmt.Sprintf("%s-%x.cdn.host%d.example", r.pick("www", "api", "img", "login"), r.Uint32(), r.IntN(1000))
}

// address is a server's. A hit may be written as IPv4-mapped IPv6.
func (r *random) address() string {
	return r.draw(
		func() string {
			a := r.of.of(r, 40, 65).Text
			return r.pick(a, a, "::ffff:"+a)
		},
		func() string {
			return r.pick("240.255.255.", "100.64.0.", "::ffff:192.0.2.", "2001:db8::") + fmt.Sprint(r.IntN(200))
		},
		func() string { return fmt.Sprintf("198.51.100.%d", r.IntN(256)) })
}

// hash is a file's SHA-256.
func (r *random) hash() string {
	return r.draw(
		func() string {
			h := r.of.of(r, 65, 90).Text
			return r.pick(h, strings.ToUpper(h))
		},
		func() string {
			h := r.of.of(r, 65, 90).Text
			return h[1:] + r.pick("0", "f")
		},
		func() string { return fmt.Sprintf("%016x%048x", r.Uint64(), r.Uint64()) })
}

// link is the host and the path of an HTTP request, the path as EVE writes it:
// with its slashes escaped.
func (r *random) link() (host, path string) {
	apart := func(url string) string { return strings.Replace(strings.TrimPrefix(url, "http://"), "/", " ", 1) }
	both := r.draw(
		func() string {
			host, path, _ := strings.Cut(apart(r.of.of(r, 90, 98).Text), " ")
			return r.pick(host, strings.ToUpper(host), host+":80") + " " + path
		},
		func() string {
			u := apart(r.of.of(r, 90, 98).Text)
			return r.pick(u+"x", u+"/", "www."+u, strings.Replace(u, "load", "LOAD", 1), strings.Replace(u, " ", ":8080 ", 1))
		},
		func() string {
			return fmt.Sprintf("%s static/%x/app.js?v=%d&lang=en", r.benign(), r.Uint64(), r.IntN(100))
		})
	host, path, _ = strings.Cut(both, " ")
	return host, `\/` + strings.ReplaceAll(path, "/", `\/`)
}

// ja3 is a TLS client's fingerprint.
func (r *random) ja3() string {
	return r.draw(
		func() string { return r.of.of(r, 98, 100).Text },
		func() string { return r.of.of(r, 98, 100).Text[1:] + "0" },
		func() string { return fmt.Sprintf("%032x", r.Uint64()) })
}
