package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/intake"
)

// importKnowledge contributes the ATT&CK bundle, or the small one, and asks
// the graph about WannaCry.
func (s *Story) importKnowledge(ctx context.Context) error {
	var body io.Reader = bytes.NewReader(intake.SmallBundle())
	what := "the small bundle of its own (no ATT&CK bundle was found)"
	if s.cfg.Attack != "" {
		f, err := os.Open(s.cfg.Attack)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // it was only read
		body, what = f, "MITRE ATT&CK"
	}
	var accepted api.Accepted
	if err := s.admin.Upload(ctx, "/contributions", "application/stix+json", body, &accepted); err != nil {
		return err
	}
	s.Figures.ObjectsImported = accepted.Accepted
	s.tell(noTime, "The hub knows %s: %d objects.", what, accepted.Accepted)
	return s.whatIsWannaCry(ctx)
}

type related struct {
	Relationship string `json:"relationship_type"`
	Outgoing     bool   `json:"outgoing"`
	Other        struct {
		Type string `json:"type"`
		Name string `json:"name"`
	} `json:"other"`
}

func (s *Story) whatIsWannaCry(ctx context.Context) error {
	var answer struct {
		Objects []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"objects"`
	}
	if err := s.admin.Get(ctx, searchPath("WannaCry"), &answer); err != nil {
		return err
	}
	if len(answer.Objects) == 0 {
		return fmt.Errorf("the hub knows nothing of WannaCry")
	}
	var object struct {
		Related []related `json:"related"`
	}
	if err := s.admin.Get(ctx, "/objects/"+url.PathEscape(answer.Objects[0].ID), &object); err != nil {
		return err
	}
	var uses, by []string
	for _, r := range object.Related {
		switch {
		case r.Outgoing && r.Relationship == "uses":
			uses = append(uses, r.Other.Name)
		case r.Other.Type == "intrusion-set":
			by = append(by, r.Other.Name)
		}
	}
	slices.Sort(uses)
	s.tell(noTime, "Asked about %s: attributed to %s; it uses %d techniques, such as %s.", answer.Objects[0].Name,
		strings.Join(by, ", "), len(uses), strings.Join(uses[:min(3, len(uses))], ", "))
	return nil
}
