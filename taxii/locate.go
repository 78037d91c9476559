package taxii

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Locate asks the DNS where the TAXII servers of a domain are (section 3.9),
// and returns the URLs of their discovery resources in the order in which to
// try them. resolver is a *net.Resolver, or stands for one.
func Locate(ctx context.Context, resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}, domain string) ([]string, error) {
	_, found, err := resolver.LookupSRV(ctx, "taxii2", "tcp", domain)
	if err != nil {
		return nil, fmt.Errorf("find the TAXII servers of %s: %w", quote(domain), err)
	}
	var servers []string
	for _, one := range found {
		if host := strings.TrimSuffix(one.Target, "."); host != "" { // "." says that there is none (RFC 2782)
			servers = append(servers, "https://"+net.JoinHostPort(host, strconv.Itoa(int(one.Port)))+"/taxii2/")
		}
	}
	return servers, nil
}
