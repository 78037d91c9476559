package rpz_test

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// What the upstream resolver says of every name, and what a blocked one is.
const (
	real4   = "198.51.100.1"
	real6   = "2001:db8:bad::1"
	blocked = "NXDOMAIN"
)

func TestBINDEnforces(t *testing.T) {
	visits := make(chan string, 1)
	sink, err := feed.NewSinkhole("127.0.0.80:0", func(host string, _ time.Time) { visits <- host })
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	answer := sink.Addr().Addr().String()

	listen := freePort(t)
	hub := open(t, listen)
	publish(t, hub, 1, mustResolve("kill.deep.evil.example", answer))
	bind := startBIND(t, hub.Addr(), listen, key)
	wait(t, "the zone has arrived", func() bool { return hub.Stats().Full == 1 })
	bind.becomes(t, "kill.deep.evil.example.", dns.TypeA, answer)
	bind.is(t, "evil.example.", dns.TypeA, real4)

	push := func(serial uint32, ps ...protect.Protection) {
		t.Helper()
		publish(t, hub, serial, append(ps, mustResolve("kill.deep.evil.example", answer))...)
	}
	push(2, block("evil.example"))
	t.Logf("from Publish to blocked: %v", bind.becomes(t, "evil.example.", dns.TypeA, blocked))
	for _, name := range []string{"www.evil.example.", "deep.evil.example.", "other.deep.evil.example."} {
		bind.is(t, name, dns.TypeA, blocked)
	}
	bind.is(t, "notevil.example.", dns.TypeA, real4)
	bind.is(t, "kill.deep.evil.example.", dns.TypeA, answer)
	bind.is(t, "kill.deep.evil.example.", dns.TypeAAAA, "NODATA")

	// The kill switch itself: a program that looks the name up and asks by HTTP.
	url := "http://kill.deep.evil.example:" + strconv.Itoa(int(sink.Addr().Port())) + "/"
	web := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Resolver: bind.resolver()}).DialContext, DisableKeepAlives: true}}
	r, err := web.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if host := <-visits; r.StatusCode != http.StatusOK || host != "kill.deep.evil.example" {
		t.Errorf("GET %s: %s, visit to %s", url, r.Status, host)
	}

	push(3)
	t.Logf("from recall to resolving: %v", bind.becomes(t, "evil.example.", dns.TypeA, real4))
	if got := hub.Stats(); got.Full != 1 || got.Incremental != 2 {
		t.Errorf("the changes did not travel as differences: %+v", got)
	}

	push(4, blockAddress("198.51.100.0/24"))
	bind.becomes(t, "any.example.", dns.TypeA, blocked)
	bind.is(t, "any.example.", dns.TypeAAAA, real6)
	bind.is(t, "kill.deep.evil.example.", dns.TypeA, answer)
	for i, address := range []string{"2001:db8:bad::1", "2001:db8:bad::/48", "2001:db8::/33", "2000::/3"} {
		serial := uint32(10 * (i + 1))
		push(serial)
		bind.becomes(t, "any.example.", dns.TypeAAAA, real6)
		push(serial+1, blockAddress(address))
		bind.becomes(t, "any.example.", dns.TypeAAAA, blocked)
		bind.is(t, "any.example.", dns.TypeA, real4)
	}
	if strings.Contains(bind.log.String(), "invalid rpz") {
		t.Error("BIND calls a trigger invalid")
	}
}

// A hub that comes back with what it had is up to date; one that comes back
// with more is followed, by a whole zone since it has no history.
func TestBINDThroughARestartOfTheHub(t *testing.T) {
	listen := freePort(t)
	hub := open(t, listen)
	addr := hub.Addr().String()
	publish(t, hub, 10, block("evil.example"))
	bind := startBIND(t, hub.Addr(), listen, key)
	bind.becomes(t, "evil.example.", dns.TypeA, blocked)

	if err := hub.Close(); err != nil {
		t.Fatal(err)
	}
	bind.is(t, "evil.example.", dns.TypeA, blocked)

	same := openAt(t, addr, listen)
	publish(t, same, 10, block("evil.example"))
	wait(t, "BIND has been told", acknowledged(same, 1))
	bind.is(t, "evil.example.", dns.TypeA, blocked)
	if got := same.Stats(); got.Full != 0 || got.Incremental != 0 {
		t.Errorf("nothing had changed, but %+v", got)
	}
	if err := same.Close(); err != nil {
		t.Fatal(err)
	}

	later := openAt(t, addr, listen)
	publish(t, later, 11, block("other.example"))
	bind.becomes(t, "other.example.", dns.TypeA, blocked)
	bind.is(t, "evil.example.", dns.TypeA, real4)
	if got := later.Stats(); got.Full != 1 || got.Incremental != 0 {
		t.Errorf("counted %+v", got)
	}
}

func TestBINDWithTheWrongKeyGetsNoZone(t *testing.T) {
	listen := freePort(t)
	hub := open(t, listen)
	publish(t, hub, 1, block("evil.example"))
	bind := startBIND(t, hub.Addr(), listen, wrongKey)
	wait(t, "BIND was refused", func() bool { return hub.Stats().Refused > 0 })
	bind.is(t, "evil.example.", dns.TypeA, real4)
	if got := hub.Stats(); got.Full+got.Incremental+got.Acknowledged > 0 {
		t.Errorf("counted %+v", got)
	}
}
