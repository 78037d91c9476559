package web

import (
	"embed"
	"fmt"
	"html/template"
	"path"
	"strings"
	"sync"
	plain "text/template"

	"github.com/BurntSushi/toml"
)

// The catalogue of texts: one folder a language, one file a room, one line a text.
// A text is a template's: it may name fields, count and link, so that a translator
// moves words around them. Pages say {{template "ROOM.KEY" .}}, and Go code
// english.say("ROOM.KEY", view). No words stand anywhere else: tests hold it.
//
//go:embed texts/en/*.toml
var textFiles embed.FS

// catalogue is the texts of one language, by "ROOM.KEY".
type catalogue map[string]string

// english is the only language so far.
var english = mustRead("texts/en")

// mustRead reads a language's folder, which is part of the binary.
func mustRead(folder string) catalogue {
	c, err := readTexts(folder)
	if err != nil {
		panic("web: " + err.Error())
	}
	return c
}

func readTexts(folder string) (catalogue, error) {
	c := catalogue{}
	files, err := textFiles.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("texts: %w", err)
	}
	for _, f := range files {
		data, err := textFiles.ReadFile(path.Join(folder, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("texts: %w", err)
		}
		texts := map[string]string{}
		if err := toml.Unmarshal(data, &texts); err != nil {
			return nil, fmt.Errorf("texts of %s: %w", f.Name(), err)
		}
		for key, text := range texts {
			c[strings.TrimSuffix(f.Name(), ".toml")+"."+key] = text
		}
	}
	return c, nil
}

// define makes each text a template that the page's can name.
func (c catalogue) define(t *template.Template) error {
	for key, text := range c {
		if _, err := t.New(key).Parse(text); err != nil {
			return fmt.Errorf("text %s: %w", key, err)
		}
	}
	return nil
}

// plainTexts are the parsed texts of say: a picture says one for each of its cells.
var plainTexts sync.Map // *plain.Template by text

// say is a text as plain characters, for titles and for what Go code puts
// together; the page escapes it. A key that does not exist is a mistake in the
// code, which a test finds.
func (c catalogue) say(key string, view any) string {
	text, known := c[key]
	if !known {
		panic("web: there is no text " + key)
	}
	if !strings.Contains(text, "{{") {
		return text
	}
	t, parsed := plainTexts.Load(text)
	if !parsed {
		made, err := plain.New(key).Funcs(plain.FuncMap(functions)).Parse(text)
		if err != nil {
			panic("web: text " + key + ": " + err.Error())
		}
		t, _ = plainTexts.LoadOrStore(text, made)
	}
	var b strings.Builder
	if err := t.(*plain.Template).Execute(&b, view); err != nil {
		panic("web: text " + key + ": " + err.Error())
	}
	return b.String()
}
