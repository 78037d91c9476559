package pattern

import "time"

// Observed is one observation: cyber-observable objects that were seen
// together (STIX 2.1, section 4.14), as patterns are asked of it.
type Observed struct {
	First, Last time.Time // first_observed and last_observed
	Number      int       // number_observed, at least 1
	Objects     []Object
}

// Object is a cyber-observable object as JSON gives it: "type", perhaps "id",
// and its properties. A value is a string, a bool, an int64, a float64, a []any
// or a map[string]any; a reference ("src_ref") is the id of another object of
// the same observation.
type Object map[string]any
