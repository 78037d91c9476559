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
	var part struct {
		contribution.Part
		Objects objects `json:"objects"` // instead of the part's own, which are copies
	}
	part.Objects.relations = relations
	if err := json.Unmarshal(e.Body, &part); err != nil {
		return nil, fmt.Errorf("fold what indicators indicate: %w", err)
	}
	return part.Objects.told, nil
}

// objects is what a contribution's objects tell of indicators.
type objects struct {
	relations bool // those count as well
	told      []told
}

// UnmarshalJSONFrom reads an array of any values.
func (o *objects) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind != '[' {
		_, err := dec.ReadValue()
		if err == nil && kind != 'n' {
			err = fmt.Errorf("objects are %s, not an array", kind)
		}
		return err
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		object, err := dec.ReadValue()
		if err != nil {
			return err
		}
		related := o.relations && bytes.Contains(object, indicates)
		if !related && !bytes.Contains(object, indicators) {
			continue
		}
		t, ok := glance(object)
		if ok && (t.Type == "indicator" || related && t.Type == "relationship" && t.Relation == "indicates") {
			o.told = append(o.told, t)
		}
	}
	_, err := dec.ReadToken()
	return err
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
		name, value, next := member(object, i)
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

// member is the next name and value of an object from a place within it, and the
// place behind them; a nil name at its end. The name is without its quotes; what
// is no text may have space behind it.
func member(object []byte, i int) (name, value []byte, next int) {
	for ; object[i] != '"'; i++ {
		if object[i] == '}' {
			return nil, nil, i
		}
	}
	start := skipText(object, i)
	name = object[i+1 : start-1 : start-1]
	for object[start] == ':' || object[start] <= ' ' {
		start++
	}
	if object[start] == '"' {
		next = skipText(object, start)
		return name, object[start:next], next
	}
	depth := 0
	for next = start; depth > 0 || object[next] != ',' && object[next] != '}'; next++ {
		switch object[next] {
		case '"':
			next = skipText(object, next) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
	}
	return name, object[start:next], next
}

// skipText is the place behind a text that begins at a place.
func skipText(object []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(object[i:], '"')
		escapes := 0
		for object[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}
