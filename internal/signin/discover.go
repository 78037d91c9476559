package signin

import (
	"context"
	"fmt"

	"github.com/coreos/go-oidc/v3/oidc"
)

// discover asks the provider for its endpoints, at most once a day, and once
// for all who wait. Who gives up leaves the question to the others. One that
// could not be asked is left alone for a moment.
func (r *relying) discover(ctx context.Context) (*oidc.Provider, error) {
	if p, err := r.remembered(); p != nil || err != nil {
		return p, err
	}
	asked := r.asking.DoChan("", func() (any, error) { return r.ask(context.WithoutCancel(ctx)) })
	select {
	case answer := <-asked:
		p, _ := answer.Val.(*oidc.Provider)
		return p, answer.Err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: ask %s for its endpoints: %w", ErrUnavailable, r.Issuer, ctx.Err())
	}
}

// remembered is what the last question gave, as long as that counts; nil and
// nil: ask.
func (r *relying) remembered() (*oidc.Provider, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	age := r.clock().Sub(r.at)
	if r.failed != nil && age < askAgain {
		return nil, r.failed
	}
	if r.discovered != nil && age <= discoverAgain {
		return r.discovered, nil
	}
	return nil, nil
}

func (r *relying) ask(ctx context.Context) (*oidc.Provider, error) {
	if p, err := r.remembered(); p != nil || err != nil { // another has asked since
		return p, err
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, r.client), r.Issuer)
	if err != nil {
		err = fmt.Errorf("%w: ask %s for its endpoints: %w", ErrUnavailable, r.Issuer, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.discovered, r.failed, r.at = p, err, r.clock()
	return p, err
}
