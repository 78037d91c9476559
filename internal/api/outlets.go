package api

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
)

func (a *API) outlets() {
	operation(a, huma.Operation{OperationID: "transfer", Method: http.MethodGet, Path: "/outlets/transfer", Summary: "What a resolver needs to follow the hub: addresses, zones, the partner's own transfer key"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Reach string `query:"reach" doc:"who asks the resolver: internal (the own organisation; if not said), clients (its clients too) or public"`
		}) (*body[Transfer], error) {
			reach, err := feed.ParseReach(in.Reach)
			if err != nil {
				return nil, err
			}
			t := a.Transfer(who, reach)
			return &body[Transfer]{Transfer{
				Address: t.Hub, HotZone: t.HotZone, Zone: t.Zone, Key: t.Key, Secret: t.Secret, Reach: reach,
				TLS: t.TLS, TLSName: t.TLSName, CA: t.CA, Label: t.Label,
			}}, nil
		})
	operation(a, huma.Operation{OperationID: "connect-outlet", Method: http.MethodPost, Path: "/outlets", Summary: "Have an engine told of every change, at the address that the call comes from", DefaultStatus: http.StatusNoContent},
		access.Viewer, func(ctx context.Context, who access.Principal, in *body[NewOutlet]) (*struct{}, error) {
			draft, err := a.Views.Connections.Connect(who, in.Body.Engine, in.Body.Reach, in.Body.Notify, calledBy(ctx).address)
			if err != nil {
				return nil, err
			}
			_, err = a.Views.Append(ctx, draft)
			return nil, err
		})
}

// Transfer is what a resolver needs to follow the hub.
type Transfer struct {
	Address netip.AddrPort `json:"address"`  // of the DNS primary
	HotZone string         `json:"hot_zone"` // what is recent; it comes first
	Zone    string         `json:"zone"`     // everything
	Key     string         `json:"key"`      // name of the transfer key (TSIG, hmac-sha256)
	Secret  string         `json:"secret"`   // base64
	Reach   feed.Reach     `json:"reach"`

	TLS     netip.AddrPort `json:"tls"`      // transfers over TLS (RFC 9103)
	TLSName string         `json:"tls_name"` // in the certificate
	CA      string         `json:"ca"`       // that verifies it, PEM
	Label   string         `json:"label"`    // before the zones' names, for engines that know no keys
}

// NewOutlet asks for DNS NOTIFY.
type NewOutlet struct {
	Engine string         `json:"engine"`
	Notify netip.AddrPort `json:"notify" doc:"ADDR:PORT of the engine"`
	Reach  feed.Reach     `json:"reach,omitempty" doc:"as it asked for its transfer key with"`
}
