package web

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jba/templatecheck"
)

// viewOf is the view of each page.
var viewOf = map[string]any{
	"now": nowView{}, "search": searchView{}, "object": objectView{}, "protections": protectionsView{}, "why": whyView{},
	"partners": partnersView{}, "actions": actionsView{}, "cases": casesView{}, "case": caseView{}, "statement": statementPage{}, "sign-in": doorView{}, "enrol": doorView{}, "claim": doorView{}, "visit": visitView{}, "account": accountView{}, "problem": "",
}

// Every field and method that a template names exists, on branches that no
// test walks as well.
func TestTemplatesFitTheirViews(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(viewOf))); diff != "" {
		t.Fatalf("pages and views (-pages +views):\n%s", diff)
	}
	for name, view := range viewOf {
		t.Run(name, func(t *testing.T) {
			page, err := parse(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := templatecheck.CheckHTML(page, pageWith(view)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheCheckFindsWhatIsWrong(t *testing.T) {
	page, err := parse("now")
	if err != nil {
		t.Fatal(err)
	}
	if err := templatecheck.CheckHTML(page, pageWith(searchView{})); err == nil {
		t.Error("the first page passed with the view of the search")
	}
}

// pageWith is a page whose View has the view's own type, for the check to see.
func pageWith(view any) any {
	var fields []reflect.StructField
	frame := reflect.TypeFor[page]()
	for i := range frame.NumField() {
		field := frame.Field(i)
		if field.Name == "View" {
			field.Type = reflect.TypeOf(view)
		}
		fields = append(fields, reflect.StructField{Name: field.Name, Type: field.Type})
	}
	return reflect.New(reflect.StructOf(fields)).Elem().Interface()
}
