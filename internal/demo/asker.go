package demo

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// asker asks for a name as the worm does: DNS first, then HTTP at the address
// that came back.
type asker struct {
	sinkhole netip.AddrPort
	resolver *net.Resolver
	client   *http.Client
}

// onePatience is how long one question may take: a worm does not wait longer.
const onePatience = 5 * time.Second

func newAsker(dns, sinkhole netip.AddrPort) *asker {
	var dialer net.Dialer
	return &asker{
		sinkhole: sinkhole,
		resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, dns.String())
		}},
		client: &http.Client{Timeout: onePatience, Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

// answers says whether the name leads to the sinkhole, and the sinkhole answers.
func (a *asker) answers(ctx context.Context, name string) bool {
	ctx, cancel := context.WithTimeout(ctx, onePatience)
	defer cancel()
	found, err := a.resolver.LookupNetIP(ctx, "ip4", name+".")
	if err != nil || len(found) != 1 || found[0].Unmap() != a.sinkhole.Addr() {
		return false
	}
	// On the day, clients come to port 80; for trying out the sinkhole listens elsewhere.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.sinkhole.String()+"/", nil)
	if err != nil {
		return false
	}
	request.Host = name
	response, err := a.client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}
