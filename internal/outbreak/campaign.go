package outbreak

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxCampaigns bounds the indicators whose campaign is known; those not asked
// for longest are forgotten first.
const maxCampaigns = 1 << 16

// campaigns is what indicators indicate, by their STIX ids.
type campaigns struct {
	by generations[string, string]
}

// of is the campaign that an indicator indicates; empty: not known.
func (c *campaigns) of(indicator string) string {
	if indicator == "" {
		return ""
	}
	name, _ := c.by.get(indicator)
	return name
}

var (
	relationship = []byte(`"relationship"`)
	indicates    = []byte(`"indicates"`)
)

// learn takes the relationships of type "indicates" (STIX 2.1, section 4.7) out
// of a contribution: which campaign, malware or intrusion set an indicator
// stands for. Of several the first is kept, and a campaign goes before the
// others. Only what every partner may be told counts, since an outbreak repeats
// it. A body that does not hold the two words is not taken apart.
func (c *campaigns) learn(e ledger.Entry) error {
	if !bytes.Contains(e.Body, indicates) || !bytes.Contains(e.Body, relationship) {
		return nil
	}
	audience, err := access.ParseAudience(e.Audience)
	if err != nil || !access.Visitor.MaySee("", audience) {
		return nil //nolint:nilerr // an audience that cannot be read is nobody's
	}
	var part contribution.Part
	if err := json.Unmarshal(e.Body, &part); err != nil {
		return fmt.Errorf("fold what indicators indicate: %w", err)
	}
	for _, object := range part.Objects {
		if !bytes.Contains(object, indicates) {
			continue
		}
		var r struct {
			Type     string `json:"type"`
			Relation string `json:"relationship_type"`
			Source   string `json:"source_ref"`
			Target   string `json:"target_ref"`
		}
		if err := json.Unmarshal(object, &r); err != nil {
			return fmt.Errorf("fold what indicators indicate: %w", err)
		}
		if r.Type == "relationship" && r.Relation == "indicates" {
			c.note(r.Source, r.Target)
		}
	}
	return nil
}

func (c *campaigns) note(indicator, target string) {
	kind, _, _ := strings.Cut(target, "--")
	if !strings.HasPrefix(indicator, "indicator--") || len(indicator) > maxText || len(target) > maxText {
		return
	}
	known, ok := c.by.get(indicator)
	switch {
	case kind != "campaign" && kind != "malware" && kind != "intrusion-set":
	case !ok, kind == "campaign" && !strings.HasPrefix(known, "campaign--"):
		c.by.put(indicator, target)
	}
}

// thread is what values of one campaign have in common: subjects that share it
// are of one outbreak, whoever reports them. Empty: nothing.
func (s *State) thread(about Subject) string {
	switch {
	case about.Name != "" && about.Kind == Surge:
		return about.Name
	case about.Value.Text != "":
		if campaign, ok := s.threads.peek(about.Value); ok {
			return campaign
		}
		return about.Value.String()
	}
	return ""
}
