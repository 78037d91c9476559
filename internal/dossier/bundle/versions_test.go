package bundle_test

import (
	"bytes"
	"testing"
)

// The rules of STIX for versions (section 3.6): an object keeps its id, its
// creator and when it was created; what changes has a later modified; what is
// revoked stays so. Records that do not concern an object leave it as it is.
func TestObjectsChangeAsVersionsDo(t *testing.T) {
	records := tale(t)
	last := make(map[string]seen)
	kept, changed := 0, 0
	for n := 1; n <= len(records); n++ {
		for _, o := range objects(t, render(t, input(t, records, n))) {
			before, known := last[o.ID]
			last[o.ID] = o
			if !known {
				continue
			}
			if o.Created != before.Created || o.CreatedBy != before.CreatedBy || o.Type != before.Type {
				t.Errorf("%d records: %s was created anew: %s, %s", n, o.ID, o.Created, before.Created)
			}
			// A withdrawn report goes on saying who dissents and replies.
			if before.Revoked && (!o.Revoked || o.Type != "report" && !bytes.Equal(o.raw, before.raw)) {
				t.Errorf("%d records: %s was revoked and changes", n, o.ID)
			}
			switch same := bytes.Equal(o.raw, before.raw); {
			case same:
				kept++
			case o.Modified <= before.Modified:
				t.Errorf("%d records: %s changes, but its modified is %s as before:\n%s\n%s", n, o.ID, o.Modified, before.raw, o.raw)
			default:
				changed++
			}
		}
	}
	if kept < 100 || changed < 10 {
		t.Errorf("%d objects stayed and %d changed: the case says too little", kept, changed)
	}
}
