package duty

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Form is one stage's report: as the board fills it, or as it was submitted, word by
// word.
type Form struct {
	Duty      ID               `json:"duty"`
	Partner   access.PartnerID `json:"partner"`
	Outbreak  string           `json:"outbreak"`
	Template  string           `json:"template"`
	Version   string           `json:"version"`
	Name      string           `json:"name"` // of the template
	Law       string           `json:"law,omitempty"`
	Authority string           `json:"authority"`
	Stage     StageView        `json:"stage"`
	// Number says which submission it is, from 1; 0: none, the board filled it.
	Number    int       `json:"number"`
	Submitted time.Time `json:"submitted,omitzero"`
	// Entry is the submission's on the ledger, and Digest the SHA-256 of its body in
	// hexadecimal. One that a correction has Replaced has its text there alone, and
	// no Fields here.
	Entry    ledger.Seq `json:"entry,omitzero"`
	Digest   string     `json:"digest,omitempty"`
	Replaced bool       `json:"replaced,omitzero"`
	Fields   []Filled   `json:"fields"`
}

// Filled is a field with its text.
type Filled struct {
	Field
	Text string `json:"text"`
}

// Form is the form of a stage: the submission of that number, or without one (0) the
// latest (of an earlier one the text is on the ledger alone); while there is none, what the board knows at now. That only the partner
// itself is shown: it holds more than it has decided to tell.
func (s *State) Form(p access.Principal, id ID, stage string, number int, now time.Time) (Form, error) {
	refuse := func(err error) (Form, error) {
		return Form{}, fmt.Errorf("form of stage %s of duty %s: %w", stage, id, err)
	}
	s.mu.Lock()
	r, err := s.visible(p, id)
	if err != nil {
		s.mu.Unlock()
		return refuse(err)
	}
	at := r.place(stage)
	if at < 0 {
		s.mu.Unlock()
		return refuse(fmt.Errorf("%w: it has the stages %s", access.ErrNotFound, r.Template.keys()))
	}
	f, list, aware := r.form(at, now), r.stages[at].sent, r.Aware
	s.mu.Unlock() // the board has locks of its own
	if number == 0 {
		number = len(list)
	}
	switch {
	case number < 0 || number > len(list):
		return refuse(fmt.Errorf("%w: it was submitted %d times", access.ErrNotFound, len(list)))
	case number > 0:
		one := list[number-1]
		f.Number, f.Submitted, f.Entry, f.Digest, f.Replaced = number, one.at, one.seq, hex.EncodeToString(one.digest[:]), number < len(list)
		if f.Replaced {
			f.Fields = []Filled{}
		}
		for i := range f.Fields {
			f.Fields[i].Text = one.fields[f.Fields[i].Key]
		}
		return f, nil
	case p.Partner != f.Partner:
		return refuse(fmt.Errorf("%w: it was not submitted yet", access.ErrNotFound))
	}
	for i := range f.Fields {
		switch from := f.Fields[i].From; from {
		case "":
		case FactAware:
			f.Fields[i].Text = stamp(aware)
		default:
			f.Fields[i].Text = s.board.Fact(p, f.Outbreak, from, now)
		}
	}
	return f, nil
}

// form is a stage's form without any text.
func (r *record) form(at int, now time.Time) Form {
	stage := r.Template.Stages[at]
	f := Form{
		Duty: r.ID, Partner: r.by, Outbreak: r.Outbreak, Template: r.Template.ID, Version: r.Template.Version,
		Name: r.Template.Name, Law: r.Template.Law, Authority: r.authority(), Stage: r.stage(at, now),
		Fields: make([]Filled, len(stage.Fields)),
	}
	for i, field := range stage.Fields {
		f.Fields[i].Field = field
	}
	return f
}

// Texts are the form's texts by the keys of its fields, as a Submission has them.
func (f Form) Texts() map[string]string {
	texts := make(map[string]string, len(f.Fields))
	for _, field := range f.Fields {
		texts[field.Key] = field.Text
	}
	return texts
}

// Missing are the labels of fields that are required and empty.
func (f Form) Missing() []string {
	list := []string{}
	for _, field := range f.Fields {
		if field.Required && field.Text == "" {
			list = append(list, field.Label)
		}
	}
	return list
}
