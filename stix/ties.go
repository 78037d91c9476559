package stix

// ties are the rules between several properties of one object.
type ties struct {
	oneOf    uint64    // by index: at least one of them is present; 0 for no such rule
	together []pair    // the first needs the second
	apart    []pair    // they exclude each other
	inOrder  []ordered // the second is not before the first
}

type pair struct{ first, second *rule }

type ordered struct {
	pair
	strict bool // the second is after the first
}

// oneOf holds the types of which an object needs at least one of some properties.
var oneOf = map[string][]string{
	"location":         {"region", "country", "latitude"},
	"malware-analysis": {"result", "analysis_sco_refs"},
	"observed-data":    {"objects", "object_refs"},
	"artifact":         {"payload_bin", "url"},
	"file":             {"hashes", "name"},
	"network-traffic":  {"src_ref", "dst_ref"},

	"external-reference": {"description", "url", "external_id"},
	"mime-part":          {"body", "body_raw_ref"},
	"granular-marking":   {"lang", "marking_ref"},
}

// inOrder are pairs of timestamps of which the second is not before the first,
// or with strict, after it. The last two are no rule of the specification's
// tables: they are those of X.509, whose values the properties hold.
var inOrder = []struct {
	first, second string
	strict        bool
}{
	{"first_seen", "last_seen", false},
	{"first_observed", "last_observed", false},
	{"valid_from", "valid_until", true},
	{"start_time", "stop_time", true},
	{"start", "end", false},
}

// together are properties of which the first needs the second.
var together = [][2]string{
	{"latitude", "longitude"}, {"longitude", "latitude"}, {"precision", "longitude"}, {"precision", "latitude"},
	{"decryption_key", "encryption_algorithm"}, {"url", "hashes"},
	{"definition", "definition_type"}, {"definition_type", "definition"}, {"path_enc", "path"}, {"name_enc", "name"},
}

// apart are properties that exclude each other.
var apart = [][2]string{{"objects", "object_refs"}, {"payload_bin", "url"}, {"lang", "marking_ref"}}

// tied finds the rules that concern a table.
func (t *table) tied() ties {
	var all ties
	for _, name := range oneOf[t.name] {
		all.oneOf |= 1 << t.rules[name].index
	}
	both := func(a, b string) (pair, bool) {
		p := pair{t.rules[a], t.rules[b]}
		return p, p.first != nil && p.second != nil
	}
	for _, names := range together {
		// An external reference's hashes are advised, not required.
		if p, ok := both(names[0], names[1]); ok && !(names[0] == "url" && t.name == "external-reference") {
			all.together = append(all.together, p)
		}
	}
	for _, names := range apart {
		if p, ok := both(names[0], names[1]); ok {
			all.apart = append(all.apart, p)
		}
	}
	for _, o := range inOrder {
		if p, ok := both(o.first, o.second); ok {
			all.inOrder = append(all.inOrder, ordered{p, o.strict})
		}
	}
	return all
}
