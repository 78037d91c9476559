package duty

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Template is what a law, or a contract, demands: which reports, by when, about what.
type Template struct {
	ID        string  `json:"id" toml:"id"` // small letters, digits and '-'
	Name      string  `json:"name" toml:"name"`
	Authority string  `json:"authority" toml:"authority"` // to whom is reported
	Law       string  `json:"law,omitempty" toml:"law"`   // where it stands
	Stages    []Stage `json:"stages" toml:"stage"`
	// Version tells one text of a template from another: it follows from the rest.
	Version string `json:"version" toml:"-"`
}

// Stage is one report of a template.
type Stage struct {
	Key  string `json:"key" toml:"key"`
	Name string `json:"name" toml:"name"`
	Law  string `json:"law,omitempty" toml:"law"` // the article
	// Within is the time for it, counted from After: FromAware, or the key of another
	// stage, from whose first submission it counts. Without it the stage is for when
	// it is asked for.
	Within Period `json:"within" toml:"within"`
	After  string `json:"after,omitempty" toml:"after"`
	// Defers is the key of a stage that this one stands in for while the incident
	// lasts: once it is submitted, that one counts its time from when the incident
	// was handled. Such a stage has no time of its own.
	Defers string  `json:"defers,omitempty" toml:"defers"`
	Fields []Field `json:"fields" toml:"field"`
}

// FromAware counts a stage's time from when the partner became aware.
const FromAware = "aware"

// Field is one question of a form.
type Field struct {
	Key      string `json:"key" toml:"key"`
	Label    string `json:"label" toml:"label"`
	Help     string `json:"help,omitempty" toml:"help"`
	Required bool   `json:"required,omitempty" toml:"required"`
	From     Fact   `json:"from,omitempty" toml:"from"` // what on the board fills it
}

// Bounds of a template: it is in the entry of each duty that is opened from it.
const (
	maxStages = 16
	maxFields = 40
	maxKey    = 64
	maxName   = 200  // characters
	maxHelp   = 1000 // bytes
)

// sealed is the template with its version.
func (t Template) sealed() Template {
	t.Version = ""
	text, err := json.Marshal(t, json.Deterministic(true))
	if err != nil {
		panic("duty: a checked template is JSON: " + err.Error()) // text was checked to be UTF-8
	}
	sum := sha256.Sum256(text)
	t.Version = hex.EncodeToString(sum[:6])
	return t
}

// stage is the stage with the key.
func (t Template) stage(key string) (Stage, bool) {
	at := slices.IndexFunc(t.Stages, func(s Stage) bool { return s.Key == key })
	if at < 0 {
		return Stage{}, false
	}
	return t.Stages[at], true
}

// Validate says what is wrong with a template.
func (t Template) Validate() error {
	if !isKey(t.ID) {
		return fmt.Errorf("%w: id %q: use 1 to %d small letters, digits and '-'", access.ErrInvalid, t.ID, maxKey)
	}
	if err := t.validate(); err != nil {
		return fmt.Errorf("template %s: %w", t.ID, err)
	}
	return nil
}

func (t Template) validate() error {
	if err := access.CheckText("name", t.Name, maxName); err != nil {
		return err
	}
	if err := access.CheckText("authority", t.Authority, maxName); err != nil {
		return err
	}
	if err := checkLine("law", t.Law); err != nil {
		return err
	}
	if n := len(t.Stages); n == 0 || n > maxStages {
		return fmt.Errorf("%w: it has %d stages, 1 to %d are allowed", access.ErrInvalid, n, maxStages)
	}
	for i, s := range t.Stages {
		if slices.IndexFunc(t.Stages, func(o Stage) bool { return o.Key == s.Key }) < i {
			return fmt.Errorf("%w: two stages have the key %q", access.ErrInvalid, s.Key)
		}
		if err := t.checkStage(s); err != nil {
			return fmt.Errorf("stage %s: %w", s.Key, err)
		}
	}
	return nil
}

func (t Template) checkStage(s Stage) error {
	if !isKey(s.Key) || s.Key == FromAware {
		return fmt.Errorf("%w: key %q: use 1 to %d small letters, digits and '-', and not %q", access.ErrInvalid, s.Key, maxKey, FromAware)
	}
	if err := access.CheckText("name", s.Name, maxName); err != nil {
		return err
	}
	if err := checkLine("law", s.Law); err != nil {
		return err
	}
	if err := t.checkClock(s); err != nil {
		return err
	}
	if n := len(s.Fields); n == 0 || n > maxFields {
		return fmt.Errorf("%w: it has %d fields, 1 to %d are allowed", access.ErrInvalid, n, maxFields)
	}
	for i, f := range s.Fields {
		if slices.IndexFunc(s.Fields, func(o Field) bool { return o.Key == f.Key }) < i {
			return fmt.Errorf("%w: two fields have the key %q", access.ErrInvalid, f.Key)
		}
		if err := f.validate(); err != nil {
			return fmt.Errorf("field %s: %w", f.Key, err)
		}
	}
	return nil
}

// checkClock: what a stage counts from exists and counts from something else in
// its turn, so that no clock waits for itself.
func (t Template) checkClock(s Stage) error {
	deferred, ok := t.stage(s.Defers)
	switch {
	case (s.Within == Period{}) != (s.After == ""):
		return fmt.Errorf("%w: within and after go together: give both or neither", access.ErrInvalid)
	case s.Defers != "" && s.After != "":
		return fmt.Errorf("%w: a stage that defers another has that one's time: leave out within and after", access.ErrInvalid)
	case s.Defers != "" && (!ok || deferred.After == ""):
		return fmt.Errorf("%w: defers %q: no stage with a time has this key", access.ErrInvalid, s.Defers)
	}
	for seen, at := 0, s; at.After != "" && at.After != FromAware; seen++ {
		next, ok := t.stage(at.After)
		if !ok {
			return fmt.Errorf("%w: after %q: use %q or the key of a stage", access.ErrInvalid, at.After, FromAware)
		}
		if seen == len(t.Stages) {
			return fmt.Errorf("%w: after %q: the stages wait for each other", access.ErrInvalid, s.After)
		}
		at = next
	}
	return nil
}

func (f Field) validate() error {
	if !isKey(f.Key) {
		return fmt.Errorf("%w: key %q: use 1 to %d small letters, digits and '-'", access.ErrInvalid, f.Key, maxKey)
	}
	if err := access.CheckText("label", f.Label, maxName); err != nil {
		return err
	}
	if err := checkLine("help", f.Help); err != nil {
		return err
	}
	if f.From != "" && !slices.Contains(Facts(), f.From) {
		return fmt.Errorf("%w: from %q: the board fills %s", access.ErrInvalid, f.From, factList())
	}
	return nil
}

// checkLine wants a line that may be empty.
func checkLine(field, text string) error {
	if text == "" {
		return nil
	}
	return access.CheckText(field, text, maxHelp)
}

func isKey(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxKey
}
