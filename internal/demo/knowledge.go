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
	if err := s.admin.Get(ctx, "/search?q=WannaCry", &answer); err != nil {
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
	uses, by := names{}, names{}
	link := "uses"
	for _, r := range object.Related {
		switch {
		case r.Outgoing && r.Relationship == "uses":
			uses.add(r.Other.Name)
		case r.Outgoing && r.Relationship == "attributed-to":
			link = "attributed-to"
			by.add(r.Other.Name)
		case r.Other.Type == "intrusion-set" && r.Relationship == "uses":
			by.add(r.Other.Name)
		}
	}
	s.tell(noTime, "Asked about %s: attributed to the intrusion set %s (by the relation %s); it uses %d techniques and tools, such as %s.",
		answer.Objects[0].Name, strings.Join(by, ", "), link, len(uses), strings.Join(uses[:min(3, len(uses))], ", "))
	return nil
}

// names are sorted, each once: one statement in two words is one relation to people.
type names []string

func (n *names) add(name string) {
	if i, known := slices.BinarySearch(*n, name); !known {
		*n = slices.Insert(*n, i, name)
	}
}
