package stix

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// papLevels are the words of the Permissible Actions Protocol, version 2 (2023)
// and 1, from the loosest to the tightest.
var papLevels = []struct{ word, level string }{
	{"white", "clear"}, {"clear", "clear"}, {"green", "green"}, {"amber", "amber"}, {"red", "red"},
}

// papLevel reads "PAP:AMBER", in letters of either case; bare says that the
// word may stand alone.
func papLevel(text string, bare bool) (level string, rank int) {
	word, found := cutPrefixFold(strings.TrimSpace(text), "pap:")
	if !found && !bare {
		return "", -1
	}
	for i, l := range papLevels {
		if strings.EqualFold(word, l.word) {
			return l.level, i
		}
	}
	return "", -1
}

func cutPrefixFold(text, prefix string) (rest string, found bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// PAPOfLabels is the tightest level of the Permissible Actions Protocol among labels
// such as "PAP:AMBER": "clear", "green", "amber" or "red", "" if there is none.
func PAPOfLabels(labels []string) (level string) {
	tightest := -1
	for _, label := range labels {
		if l, rank := papLevel(label, false); rank > tightest {
			level, tightest = l, rank
		}
	}
	return level
}

// PAPOf is the level of the Permissible Actions Protocol that a
// marking-definition object stands for: "clear" (also WHITE, of version 1),
// "green", "amber" or "red". STIX does not define such markings; those in use
// have the name "PAP:RED", or the definition_type "pap" with a definition of
// one member, "pap", that says "red" or "PAP:RED". ok is false if it is no PAP
// marking.
func PAPOf(markingDefinition jsontext.Value) (level string, ok bool) {
	var objectType, name, definitionType string
	var definition jsontext.Value
	members(markingDefinition, func(property string, value []byte) {
		switch property {
		case "type":
			objectType = textOf(value)
		case "name":
			name = textOf(value)
		case "definition_type":
			definitionType = textOf(value)
		case "definition":
			definition = value
		}
	})
	if objectType != "marking-definition" {
		return "", false
	}
	if level, rank := papLevel(name, false); rank >= 0 {
		return level, true
	}
	if !strings.EqualFold(definitionType, "pap") {
		return "", false
	}
	tightest := -1
	members(definition, func(property string, value []byte) {
		if l, rank := papLevel(textOf(value), true); strings.EqualFold(property, "pap") && rank > tightest {
			level, tightest = l, rank
		}
	})
	return level, level != ""
}

// textOf is what a string says, "" for any other value.
func textOf(value []byte) string {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	return string(plain(value))
}
