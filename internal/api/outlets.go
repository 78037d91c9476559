package api

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
)

func (a *API) outlets() {
	operation(a, huma.Operation{OperationID: "transfer", Method: http.MethodGet, Path: "/outlets/transfer", Summary: "What a resolver needs to follow the hub: address, zone, transfer key"},
		access.Viewer, func(context.Context, access.Principal, *struct{}) (*body[Transfer], error) {
			return &body[Transfer]{Transfer{Address: a.Transfer.Hub, Zone: a.Transfer.Zone, Key: a.Transfer.Key, Secret: a.Transfer.Secret}}, nil
		})
	operation(a, huma.Operation{OperationID: "connect-outlet", Method: http.MethodPost, Path: "/outlets", Summary: "Have an engine told of every change, at the address that the call comes from", DefaultStatus: http.StatusNoContent},
		access.Viewer, func(ctx context.Context, who access.Principal, in *body[NewOutlet]) (*struct{}, error) {
			draft, err := a.Views.Connections.Connect(who, in.Body.Engine, in.Body.Notify, calledBy(ctx).address)
			if err != nil {
				return nil, err
			}
			_, err = a.Views.Append(ctx, draft)
			return nil, err
		})
}

// Transfer is what a resolver needs to follow the hub.
type Transfer struct {
	Address netip.AddrPort `json:"address"` // of the DNS primary
	Zone    string         `json:"zone"`
	Key     string         `json:"key"`    // name of the transfer key (TSIG, hmac-sha256)
	Secret  string         `json:"secret"` // base64
}

// NewOutlet asks for DNS NOTIFY.
type NewOutlet struct {
	Engine string         `json:"engine"`
	Notify netip.AddrPort `json:"notify" doc:"ADDR:PORT of the engine"`
}
