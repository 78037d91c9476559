package protect

import (
	"bytes"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/stix"
)

// indicator is what the rule needs to know of a contributed one.
type indicator struct {
	Type       string         `json:"type"`
	ID         string         `json:"id"`
	Author     string         `json:"created_by_ref"`
	Created    time.Time      `json:"created"`
	Modified   time.Time      `json:"modified"`
	Revoked    bool           `json:"revoked"`
	Confidence *int           `json:"confidence"`
	Types      []string       `json:"indicator_types"`
	Labels     []string       `json:"labels"`
	Pattern    string         `json:"pattern"`
	Language   string         `json:"pattern_type"`
	From       time.Time      `json:"valid_from"`
	Until      time.Time      `json:"valid_until"`
	Granular   jsontext.Value `json:"granular_markings"`
}

// leastConfidence is how sure an indicator's author has to be, where it says so:
// "somewhat likely" begins there on the scales of STIX 2.1, appendix A.
const leastConfidence = 50

// speaks says whether an indicator is its contributor's word that its values are
// bad, now: it is valid, is meant to be malicious activity or says no type, and
// its author is sure enough or does not say. "anomalous-activity" and the like
// are for people, as is what parts of an object say to some readers only.
func (i *indicator) speaks(now time.Time) bool {
	malicious := len(i.Types) == 0 || slices.Contains(i.Types, "malicious-activity") && !slices.Contains(i.Types, "benign")
	sure := i.Confidence == nil || *i.Confidence >= leastConfidence
	valid := !i.From.After(now) && (i.Until.IsZero() || i.Until.After(now))
	return !i.Revoked && malicious && sure && valid && i.Language == "stix" && len(i.Granular) == 0 && !i.watchOnly()
}

// watchOnly says that an indicator's label lets nobody act so that the other side can
// notice it: PAP:AMBER and PAP:RED (Permissible Actions Protocol 2.0; to block is what
// PAP:GREEN and PAP:CLEAR allow). It is matched like any other.
func (i *indicator) watchOnly() bool {
	level := stix.PAPOfLabels(i.Labels)
	return level == "amber" || level == "red"
}

func (i *indicator) weight() uint8 {
	if i.Confidence == nil {
		return weightListed
	}
	return uint8(min(*i.Confidence, weightSpoken))
}

// readIndicator reads an object as contribution.ReadInPlace gives it; false if
// it is no object, or has something under an indicator's names that an indicator
// has not. It is as json.Unmarshal would read it, which it leaves to that where
// anything is not as indicators are written nearly always.
func readIndicator(object jsontext.Value) (i indicator, ok bool) {
	if object.Kind() != '{' {
		return i, false
	}
	for at := 1; ; {
		name, value, next := contribution.Member(object, at)
		if name == nil {
			return i, true
		}
		at = next
		if bytes.IndexByte(name, '\\') >= 0 || !i.take(name, value) {
			var whole indicator
			err := json.Unmarshal(object, &whole)
			return whole, err == nil
		}
	}
}

// take takes in a member; false says that it is written in a way that is left to
// the library.
func (i *indicator) take(name, value []byte) bool {
	switch string(name) {
	case "type":
		return takeText(value, &i.Type)
	case "id":
		return takeText(value, &i.ID)
	case "created_by_ref":
		return takeText(value, &i.Author)
	case "pattern":
		return takeText(value, &i.Pattern)
	case "pattern_type":
		return takeText(value, &i.Language)
	case "created":
		return takeTime(value, &i.Created)
	case "modified":
		return takeTime(value, &i.Modified)
	case "valid_from":
		return takeTime(value, &i.From)
	case "valid_until":
		return takeTime(value, &i.Until)
	case "indicator_types":
		return takeTexts(value, &i.Types)
	case "labels":
		return takeTexts(value, &i.Labels)
	case "revoked":
		i.Revoked = string(value) == "true"
		return i.Revoked || string(value) == "false"
	case "confidence":
		return takeSmall(value, &i.Confidence)
	case "granular_markings":
		i.Granular = bytes.Clone(value)
	}
	return true
}

func takeText(value []byte, into *string) bool {
	text, ok := contribution.Plain(value)
	*into = string(text)
	return ok
}

func takeTexts(value []byte, into *[]string) bool {
	if value[0] != '[' {
		return false
	}
	list := []string{}
	for element, at := contribution.Element(value, 1); element != nil; element, at = contribution.Element(value, at) {
		text, ok := contribution.Plain(element)
		if !ok {
			return false
		}
		list = append(list, string(text))
	}
	*into = list
	return true
}

// takeTime takes a time in UTC as STIX writes it (2.1, section 2.16): of others
// the library refuses some that package time lets through.
func takeTime(value []byte, into *time.Time) bool {
	const least = len("2006-01-02T15:04:05Z")
	text, ok := contribution.Plain(value)
	if !ok || len(text) < least || text[len(text)-1] != 'Z' || text[13] != ':' || text[19] != '.' && text[19] != 'Z' {
		return false
	}
	return into.UnmarshalText(text) == nil
}

// takeSmall takes a number of one to three digits.
func takeSmall(value []byte, into **int) bool {
	if len(value) > 3 {
		return false
	}
	n := 0
	for _, digit := range value {
		if digit < '0' || digit > '9' {
			return false
		}
		n = 10*n + int(digit-'0')
	}
	*into = &n
	return true
}
