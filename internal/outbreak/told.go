package outbreak

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

var (
	relationship = []byte(`"relationship"`)
	indicates    = []byte(`"indicates"`)
	indicators   = []byte(`"indicator"`)
)

// told is an indicator of a contribution, or a relationship of type "indicates"
// (STIX 2.1, section 4.7): which campaign, malware or intrusion set an indicator
// stands for.
type told struct {
	Type     string `json:"type"`
	ID       string `json:"id"`
	Relation string `json:"relationship_type"`
	Source   string `json:"source_ref"`
	Target   string `json:"target_ref"`
}

// readTold takes indicators and relationships out of a contribution, in their
// order. Of relationships only what every partner may be told counts, since an
// outbreak repeats it; whose an indicator is does not depend on who may see it. A
// body that holds none of the words is not taken apart. Each contribution comes
// through here, also when a hub starts: objects are read in place, and once.
func readTold(e ledger.Entry) ([]told, error) {
	relations := bytes.Contains(e.Body, indicates) && bytes.Contains(e.Body, relationship)
	if !relations && !bytes.Contains(e.Body, indicators) || e.Actor == "" || strings.Contains(e.Actor, " ") {
		return nil, nil
	}
	audience, err := access.ParseAudience(e.Audience)
	relations = relations && err == nil && access.Visitor.MaySee("", audience) // what cannot be read is nobody's
	var list []told
	_, err = contribution.ReadInPlace(e.Body, func(object jsontext.Value) {
		related := relations && bytes.Contains(object, indicates)
		if !related && !bytes.Contains(object, indicators) {
			return
		}
		t, ok := glance(object)
		if ok && (t.Type == "indicator" || related && t.Type == "relationship" && t.Relation == "indicates") {
			list = append(list, t)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("fold what indicators indicate: %w", err)
	}
	return list, nil
}

// glance reads an object that is known to be valid JSON without names that come
// twice. It is as json.Unmarshal would read it, which it leaves to that where a
// name or a text is written with escapes. What has no texts under these names is
// of another type, and not worth a hub that stands still.
func glance(object jsontext.Value) (t told, ok bool) {
	if object.Kind() != '{' {
		return told{}, false
	}
	for i := 1; ; {
		name, value, next := contribution.Member(object, i)
		if name == nil {
			return t, true
		}
		i = next
		var into *string
		switch {
		case bytes.IndexByte(name, '\\') >= 0:
			return decode(object)
		case string(name) == "type":
			into = &t.Type
		case string(name) == "id":
			into = &t.ID
		case string(name) == "relationship_type":
			into = &t.Relation
		case string(name) == "source_ref":
			into = &t.Source
		case string(name) == "target_ref":
			into = &t.Target
		default:
			continue
		}
		switch {
		case value[0] == 'n':
		case value[0] != '"':
			return told{}, false
		case bytes.IndexByte(value, '\\') >= 0:
			return decode(object)
		default:
			*into = string(value[1 : len(value)-1])
		}
	}
}

func decode(object jsontext.Value) (t told, ok bool) {
	err := json.Unmarshal(object, &t)
	return t, err == nil
}
