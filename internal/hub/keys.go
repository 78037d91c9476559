package hub

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// follower is whose resolvers use a transfer key, and who asks them.
type follower struct {
	partner access.PartnerID // "": the hub's own administration
	reach   feed.Reach
}

// keys are the transfer keys by name. They follow from the hub's secret, so that
// none has to be kept: a name is 64 bits of an HMAC of whom it is for (RFC 2104),
// and tells nothing; a secret is derived from the name (HKDF, RFC 5869). Of each
// partner there is one for every reach.
type keys struct {
	secret []byte
	known  map[string]follower
}

func newKeys(secret string, partners []access.Partner) keys {
	k := keys{secret: []byte(secret), known: map[string]follower{}}
	k.learn("")
	for _, p := range partners {
		k.learn(p.ID)
	}
	return k
}

// learn has a partner's keys found by their names.
func (k keys) learn(partner access.PartnerID) {
	for _, reach := range feed.Reaches {
		who := follower{partner, reach}
		k.known[k.name(who)] = who
	}
}

// name is a domain name, absolute and in lower case.
func (k keys) name(who follower) string {
	h := hmac.New(sha256.New, k.secret)
	fmt.Fprintf(h, "tocsin transfer key %s %s", who.reach, who.partner)
	return "k" + hex.EncodeToString(h.Sum(nil)[:8]) + ".tocsin."
}

// of is the secret that goes with a name, in base64.
func (k keys) of(name string) string {
	secret, err := hkdf.Expand(sha256.New, k.secret, "tocsin transfer secret "+name, 32)
	if err != nil {
		panic("derive a transfer key: " + err.Error()) // only for longer keys than HKDF can give
	}
	return base64.StdEncoding.EncodeToString(secret)
}

// transferKey gives the DNS primary a key by its name: its secret and the view
// that it leads to. A partner that has left has none.
func (o *outlets) transferKey(name string) (secret, view string, ok bool) {
	o.mu.Lock()
	who, known := o.keys.known[name]
	o.mu.Unlock()
	if !known {
		return "", "", false
	}
	reader, here := o.reader(who)
	if !here {
		return "", "", false
	}
	return o.keys.of(name), o.class(reader, protect.OutletDNS).view, true
}

// incremental says, in a cluster, whether who follows with a key and holds a serial has
// it from the view that the key leads to.
func (o *outlets) incremental(name string, held uint32) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	who := o.keys.known[name]
	since, moved := o.since[who.partner]
	return !moved || held == since || laterSerial(held, since)
}

func (o *outlets) reader(who follower) (feed.Reader, bool) {
	if who.partner == "" {
		return feed.Reader{Principal: access.Principal{Communities: []string{access.DefaultCommunity}}, Reach: who.reach}, true
	}
	p, here := o.hub.Views.Access.Reader(who.partner)
	return feed.Reader{Principal: p, Reach: who.reach}, here
}

// transfer is what a resolver of a partner's needs to follow the hub. Its view is made
// from now on, so that it is there when the resolver asks.
func (h *Hub) transfer(who access.Principal, reach feed.Reach) feed.ConnectConfig {
	name := h.outlets.keys.name(follower{who.Partner, reach})
	secret := h.outlets.keys.of(name)
	_, _, _ = h.outlets.transferKey(name)
	return feed.ConnectConfig{
		Hub: h.dns.Addr(), HotZone: HotZone, Zone: Zone, Key: name, Secret: secret, Reach: string(reach),
		TLS: h.dns.TLSAddr(), TLSName: rpz.TLSName, CA: string(h.dns.CA()), Label: feed.TransferLabel(secret),
	}
}
