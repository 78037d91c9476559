package pull

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/misp"
)

// pullMISP fetches the events of a feed that are new or have changed. Each is a
// contribution of its own, and a step of its own.
func (s *source) pullMISP(ctx context.Context) error {
	secret, err := s.cfg.secret()
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	f := feed{source: s, ctx: ctx, client: client, secret: secret}
	problems, err := misp.ReadFeed(ctx, f.open, s.so().events, f.event)
	switch {
	case f.broken != nil:
		return f.broken
	case err != nil:
		return err
	case len(problems) > 0:
		return fmt.Errorf("%d events could not be read and will be tried again; the first, %.40q: %w", len(problems), problems[0].UUID, problems[0].Err)
	}
	return nil
}

// feed is one pull of a feed.
type feed struct {
	source *source
	ctx    context.Context
	client *http.Client
	secret string
	// broken is what makes it pointless to go on to the next event.
	broken error
}

// open fetches a file of the feed.
func (f *feed) open(name string) (io.ReadCloser, error) {
	if f.broken != nil {
		return nil, f.broken
	}
	target, err := fileURL(f.source.cfg.URL, name)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(f.ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	answer, err := f.source.get(r, f.client, f.secret)
	if err != nil {
		if refused, later := (*status)(nil), (*busy)(nil); !errors.As(err, &refused) || errors.As(err, &later) {
			f.broken = err // not about this file alone
		}
		return nil, err
	}
	return answer.Body, nil
}

// fileURL is the URL of a file of the feed.
func fileURL(base, name string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, misp.ManifestFile), "/") + "/" + name
	u.RawPath = ""
	return u.String(), nil
}

// event takes one event. One that intake refuses is reported and not fetched
// again until it changes.
func (f *feed) event(e misp.FeedEvent) error {
	step := Pulled{Events: map[string]int64{e.UUID: e.Timestamp}}
	raw, err := f.source.whole(e.Text)
	if err != nil {
		return err
	}
	err = f.source.take(f.ctx, bytes.NewReader(raw), step)
	if refused := (*intake.Refused)(nil); errors.As(err, &refused) {
		step.Rejected = max(1, len(refused.Rejected))
		step.Rejections = firstOf(refused.Rejected)
		err = f.source.record(f.ctx, step)
	}
	if own := (*ownError)(nil); errors.As(err, &own) {
		f.broken = err
	}
	return err
}
