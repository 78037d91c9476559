package web

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// What a part is kept by says all that the part says: whatever changes in the view,
// it is made anew.
func TestPartsAreKeptByAllThatTheySay(t *testing.T) {
	at := time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)
	view := []covered{{protect.Protection{ID: "protection--1", Value: observable.Value{Type: observable.Domain, Text: "one.example"}, Expires: at}, protect.Count{N: 1}, 3}}
	cells := coverView{Protections: 1, Of: 1, Partners: 2, Cells: true, Sectors: []sectorCover{{Name: "energy", Cells: []cell{{Name: "Alpha", Of: 1}}}}}
	for name, change := range map[string]func(){
		"value":    func() { view[0].Text = "two.example" },
		"type":     func() { view[0].Type = observable.URL },
		"polarity": func() { view[0].Polarity = protect.MustResolve },
		"status":   func() { view[0].Status = protect.Revoked },
		"marking":  func() { view[0].TLP = access.Amber },
		"reason":   func() { view[0].Reason = "another" },
		"expiry":   func() { view[0].Expires = at.Add(time.Hour) },
		"count":    func() { view[0].InForce.N++ },
		"fewer":    func() { view[0].InForce.FewerThan = 3 },
		"partners": func() { view[0].Partners++ },
		"cell":     func() { cells.Sectors[0].Cells[0].InForce++ },
		"problem":  func() { cells.Sectors[0].Cells[0].Problems++ },
		"own":      func() { cells.Own = &cell{Name: "Beta"} },
	} {
		before := keyed(t, view, cells)
		if change(); keyed(t, view, cells) == before {
			t.Errorf("with another %s it would be what it was", name)
		}
	}
	for _, of := range []reflect.Type{reflect.TypeFor[coverView](), reflect.TypeFor[sectorCover](), reflect.TypeFor[cell](), reflect.TypeFor[covered]()} {
		for i := range of.NumField() {
			if f := of.Field(i); !f.IsExported() || strings.HasPrefix(f.Tag.Get("json"), "-") {
				t.Errorf("%s.%s is not among what its part is kept by", of, f.Name)
			}
		}
	}
}

func keyed(t *testing.T, views ...any) string {
	t.Helper()
	body, err := json.Marshal(views, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
