package stix

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// observableNamespace is that of the identifiers of cyber-observable objects
// (section 2.9), and of nothing else.
var observableNamespace = uuid.MustParse("00abedb4-aa42-466c-9c01-fed23315a9b7")

// contributing holds the ID contributing properties of each cyber-observable
// type (section 6). A process has none: its identifier is random.
var contributing = map[string][]string{
	"artifact":             {"hashes", "payload_bin"},
	"autonomous-system":    {"number"},
	"directory":            {"path"},
	"domain-name":          {"value"},
	"email-addr":           {"value"},
	"email-message":        {"from_ref", "subject", "body"},
	"file":                 {"hashes", "name", "parent_directory_ref", "extensions"},
	"ipv4-addr":            {"value"},
	"ipv6-addr":            {"value"},
	"mac-addr":             {"value"},
	"mutex":                {"name"},
	"network-traffic":      {"start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"},
	"process":              nil,
	"software":             {"name", "cpe", "swid", "vendor", "version"},
	"url":                  {"value"},
	"user-account":         {"account_type", "user_id", "account_login"},
	"windows-registry-key": {"key", "values"},
	"x509-certificate":     {"hashes", "serial_number"},
}

// ErrNoContributing says that an object has none of the properties that its
// identifier would be made of: it takes a random one (NewID).
var ErrNoContributing = errors.New("no property contributes to the identifier")

// ContributingProperties are the names of the properties that make up the
// identifier of a cyber-observable type; nil for a process, which takes a
// random one, and for every other type.
func ContributingProperties(objectType string) []string {
	return append([]string(nil), contributing[objectType]...)
}

// DeterministicID is the identifier of a cyber-observable object (sections 2.9
// and 3.4): a UUIDv5 over the canonical JSON of its ID contributing
// properties. Of properties, those with a name in the type's list are used; of
// a type that the specification does not define, all. Several hashes
// contribute one, the first of MD5, SHA-1, SHA-256, SHA-512 (section 6.1: or
// else the first in the order of their names). It fails with ErrNoContributing
// if nothing is left.
func DeterministicID(objectType string, properties map[string]jsontext.Value) (string, error) {
	names, defined := contributing[objectType]
	used := map[string]jsontext.Value{}
	for name, value := range properties {
		if !defined {
			used[name] = value
		}
	}
	for _, name := range names {
		if value, ok := properties[name]; ok {
			used[name] = value
		}
	}
	if len(used) == 0 {
		return "", fmt.Errorf("identifier of %s: %w", objectType, ErrNoContributing)
	}
	if hashes, ok := used["hashes"]; ok && defined {
		one, err := oneHash(hashes)
		if err != nil {
			return "", fmt.Errorf("identifier of %s: %w", objectType, err)
		}
		used["hashes"] = one
	}
	text, err := json.Marshal(used, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("identifier of %s: %w", objectType, err)
	}
	canonical, err := Canonical(text)
	if err != nil {
		return "", fmt.Errorf("identifier of %s: %w", objectType, err)
	}
	return objectType + "--" + uuid.NewSHA1(observableNamespace, canonical).String(), nil
}

// propertiesOf takes an object apart.
func propertiesOf(object []byte) map[string]jsontext.Value {
	all := map[string]jsontext.Value{}
	members(object, func(name string, value []byte) { all[name] = value })
	return all
}

// oneHash leaves the hash that contributes.
func oneHash(hashes jsontext.Value) (jsontext.Value, error) {
	var all map[string]jsontext.Value
	if err := json.Unmarshal(hashes, &all); err != nil {
		return nil, fmt.Errorf("hashes: %w", err)
	}
	chosen := ""
	for _, name := range []string{"MD5", "SHA-1", "SHA-256", "SHA-512"} {
		if _, ok := all[name]; ok {
			chosen = name
			break
		}
	}
	if chosen == "" {
		for name := range all {
			if chosen == "" || name < chosen {
				chosen = name
			}
		}
	}
	if chosen == "" {
		return hashes, nil
	}
	return json.Marshal(map[string]jsontext.Value{chosen: all[chosen]})
}
