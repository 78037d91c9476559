package intake

import (
	"bytes"
	_ "embed"
)

//go:embed wannacry.json
var wannacry []byte

// SmallBundle is a STIX bundle of what is publicly known of WannaCry: what it
// is, what it uses, how it is recognised and stopped, and who attributed it to
// whom when. It stands in where no larger knowledge base is at hand. The
// kill-switch indicators are labelled "kill-switch". Its ids never change.
func SmallBundle() []byte { return bytes.Clone(wannacry) }
