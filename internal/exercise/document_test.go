package exercise_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// keys are the TOML keys of a struct and of all that it holds.
func keys(t reflect.Type) (list []string) {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return keys(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("toml"); key != "" {
			list = append(append(list, key), keys(t.Field(i).Type)...)
		}
	}
	return list
}

func TestTheDocumentNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../docs/exercise.md")
	if err != nil {
		t.Fatal(err)
	}
	_, file, _ := strings.Cut(string(text), "## The file")
	all := keys(reflect.TypeFor[exercise.Scenario]())
	if len(all) < 50 {
		t.Fatalf("only %d keys were found: %v", len(all), all)
	}
	for _, key := range all {
		if !strings.Contains(file, "`"+key+"`") && !strings.Contains(file, "`["+key+"]`") && !strings.Contains(file, "`[["+key+"]]`") {
			t.Errorf("docs/exercise.md does not name %s", key)
		}
	}
}

func TestEveryScenarioShowsItsFile(t *testing.T) {
	for _, s := range exercise.Scenarios() {
		text, err := exercise.Text(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		again, err := exercise.Parse(text)
		if err != nil || again.Name != s.Name {
			t.Errorf("%s shows the file of %q: %v", s.Name, again.Name, err)
		}
	}
	if _, err := exercise.Text("nothing"); err == nil {
		t.Error("a scenario that there is not has a file")
	}
}
