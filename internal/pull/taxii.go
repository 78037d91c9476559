package pull

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// pullTAXII pulls what was added to a collection since the cursor.
func (s *source) pullTAXII(ctx context.Context) error {
	secret, err := s.cfg.secret()
	if err != nil {
		return err
	}
	connection, err := s.client()
	if err != nil {
		return err
	}
	defer connection.CloseIdleConnections()
	client := &taxii.Client{
		URL: s.cfg.URL, User: s.cfg.User, Token: secret, HTTP: connection, UserAgent: userAgent,
		MaxBytes: s.cfg.maxBytes(), PlainHTTP: s.cfg.PlainHTTP, Attempts: 3,
	}
	if s.found == "" {
		if s.found, err = s.collection(ctx, client); err != nil {
			return err
		}
	}
	var since taxii.Cursor
	if at := s.so().cursor; len(at) > 0 {
		if err := json.Unmarshal(at, &since); err != nil {
			return fmt.Errorf("read the cursor: %w", err)
		}
	}
	var page bytes.Buffer
	err = s.pages(ctx, client, since, &page)
	if sent := (*taxii.Error)(nil); errors.As(err, &sent) && sent.Status == http.StatusNotFound {
		s.found = "" // the collection may have moved: look it up next time
	}
	return err
}

// pages takes page after page.
func (s *source) pages(ctx context.Context, client *taxii.Client, since taxii.Cursor, page *bytes.Buffer) error {
	_, err := client.PullWith(ctx, s.found, since, taxii.Pulling{
		Object: func(raw jsontext.Value) error {
			if page.Len() == 0 {
				page.WriteString(`{"objects":[`)
			} else {
				page.WriteByte(',')
			}
			page.Write(raw)
			return nil
		},
		Page: func(next taxii.Cursor) error {
			cursor, err := json.Marshal(next)
			if err != nil {
				return fmt.Errorf("write the cursor: %w", err)
			}
			if page.Len() == 0 {
				return s.record(ctx, Pulled{Cursor: cursor})
			}
			page.WriteString("]}")
			err = s.take(ctx, bytes.NewReader(page.Bytes()), Pulled{Cursor: cursor})
			page.Reset()
			return err
		},
	})
	return err
}

// collection finds the collection's URL: the source's URL is that of the
// discovery resource, or of an API root.
func (s *source) collection(ctx context.Context, client *taxii.Client) (string, error) {
	roots := []string{s.cfg.URL}
	if d, err := client.Discover(ctx); err == nil && len(d.APIRoots) > 0 {
		roots = d.APIRoots
	} else if refused := (*taxii.Error)(nil); err != nil && !errors.As(err, &refused) {
		return "", err
	} else if err != nil && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden) {
		return "", fmt.Errorf("%w: check the credential of this source", err)
	}
	var found, titles []string
	var problem error
	for _, root := range roots {
		list, err := client.Collections(ctx, root)
		if err != nil {
			problem = errors.Join(problem, err) // another root may have it
			continue
		}
		for _, c := range list {
			named := s.cfg.Collection == c.ID || s.cfg.Collection == c.Title || s.cfg.Collection != "" && s.cfg.Collection == c.Alias
			if c.CanRead {
				titles = append(titles, fmt.Sprintf("%.60q", c.Title))
			}
			if c.CanRead && (named || s.cfg.Collection == "") {
				found = append(found, taxii.CollectionURL(root, c.ID))
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && problem != nil:
		return "", problem
	case len(titles) == 0:
		return "", errors.New("the server has no collection that may be read with this credential")
	case len(titles) > 20:
		titles = append(titles[:20], "...")
	}
	return "", fmt.Errorf("set collection to the id or title of one of those that may be read: %s", strings.Join(titles, ", "))
}
