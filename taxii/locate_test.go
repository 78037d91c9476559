package taxii_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/taxii"
)

// names answers a DNS question.
type names func(service, proto, name string) ([]*net.SRV, error)

func (n names) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	found, err := n(service, proto, name)
	return "", found, err
}

func TestLocate(t *testing.T) {
	got, err := taxii.Locate(context.Background(), names(func(service, proto, name string) ([]*net.SRV, error) {
		if service != "taxii2" || proto != "tcp" || name != "cert.example" {
			t.Errorf("asked for _%s._%s.%s", service, proto, name)
		}
		return []*net.SRV{{Target: "hub-1.cert.example.", Port: 443}, {Target: ".", Port: 0}, {Target: "hub-2.cert.example", Port: 8440}}, nil
	}), "cert.example")
	if want := []string{"https://hub-1.cert.example:443/taxii2/", "https://hub-2.cert.example:8440/taxii2/"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("found %v, %v; want %v", got, err, want)
	}
	none := &net.DNSError{Err: "no such host", Name: "cert.example", IsNotFound: true}
	if _, err := taxii.Locate(context.Background(), names(func(string, string, string) ([]*net.SRV, error) { return nil, none }), "cert.example"); !errors.Is(err, none) {
		t.Errorf("without a record: %v", err)
	}
}
