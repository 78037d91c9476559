package web

import (
	"io/fs"
	"maps"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/jba/templatecheck"
)

// Every field and method that a template names exists, on branches that no
// test walks as well.
func TestTemplatesFitTheirViews(t *testing.T) {
	for name, one := range every() {
		t.Run(name, func(t *testing.T) {
			page, err := readPage(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := templatecheck.CheckHTML(page, pageWith(one.view)); err != nil {
				t.Error(err)
			}
		})
	}
}

// A template that no room has is never shown.
func TestEveryTemplateIsARooms(t *testing.T) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	sheets := every()
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if _, shown := sheets[name]; !shown && name != "layout" && !strings.HasSuffix(name, "parts") {
			t.Errorf("%s is in no room", file)
		}
	}
}

// every is the sheets of all rooms.
func every() map[string]sheet {
	all := map[string]sheet{}
	for _, one := range rooms {
		maps.Copy(all, one.sheets)
	}
	return all
}

func TestTheCheckFindsWhatIsWrong(t *testing.T) {
	page, err := readPage("now")
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

// A page has what it names of the common templates, and not all of them: together the
// pages would have some 170 MB otherwise.
func TestAPageHasWhatItNeeds(t *testing.T) {
	all, err := common()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, one := range rooms {
		for name := range one.sheets {
			page, err := readPage(name)
			if err != nil {
				t.Fatal(err)
			}
			n := len(page.Templates())
			sum += n
			if n > len(all)/2 {
				t.Errorf("page %s has %d of %d templates", name, n, len(all))
			}
		}
	}
	if sum > 20*len(all) {
		t.Errorf("the pages have %d templates, of %d that there are", sum, len(all))
	}
}
