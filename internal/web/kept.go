package web

import (
	"crypto/sha256"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

// keptParts are parts of pages that cost much to make, by what they were made of.
// While a hundred partners watch an outbreak, most of what changes is not who is
// covered: that part of the page is then made once for all who see the same.
type keptParts struct {
	mu   sync.Mutex
	made map[[sha256.Size]byte]template.HTML
}

// maxKept is how many parts are kept; one has some 10 KB.
const maxKept = 256

var kept keptParts

// of is a part of a page: a template, and all that it says.
func (k *keptParts) of(t *template.Template, name string, view any) (template.HTML, error) {
	body, err := json.Marshal(view, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("part %s: %w", name, err)
	}
	key := sha256.Sum256(append([]byte(name+"\x00"), body...))
	k.mu.Lock()
	text, here := k.made[key]
	k.mu.Unlock()
	if here {
		return text, nil
	}
	var b strings.Builder
	if err := t.ExecuteTemplate(&b, name, view); err != nil {
		return "", fmt.Errorf("part %s: %w", name, err)
	}
	text = template.HTML(b.String())
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made == nil || len(k.made) >= maxKept {
		k.made = map[[sha256.Size]byte]template.HTML{}
	}
	k.made[key] = text
	return text, nil
}
