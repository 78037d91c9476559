package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
)

var errNoBundles = notFound("this hub signs no bundles")

func (a *API) bundles() {
	operation(a, huma.Operation{OperationID: "notice-bundle", Method: http.MethodGet, Path: "/notices/bundle", Summary: "What your partner may be told, signed, to be carried where there is no network"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[deliver.Envelope], error) {
			if a.Bundles == nil {
				return nil, errNoBundles
			}
			if err := who.CheckPartner("make a bundle", access.Viewer); err != nil {
				return nil, err
			}
			sealed, err := a.Bundles.Bundle(who.Partner, a.Clock())
			if err != nil {
				return nil, err
			}
			return &body[deliver.Envelope]{*sealed}, nil
		})
	operation(a, huma.Operation{OperationID: "notice-key", Method: http.MethodGet, Path: "/notices/key", Summary: "The key that the hub signs bundles with"},
		access.Viewer, func(context.Context, access.Principal, *struct{}) (*body[NoticeKey], error) {
			if a.Bundles == nil {
				return nil, errNoBundles
			}
			key := a.Bundles.Key()
			return &body[NoticeKey]{NoticeKey{key.String(), key.Fingerprint()}}, nil
		})
}

// NoticeKey is the public half of the key that a hub signs bundles with.
type NoticeKey struct {
	Key         string `json:"key" doc:"ed25519: and base64"`
	Fingerprint string `json:"fingerprint" doc:"sha256: and hexadecimal, to compare by telephone"`
}
