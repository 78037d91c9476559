package web

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/tabular"
	"github.com/tocsin-project/tocsin/internal/views"
)

// imported is a text that waits for a yes: how it is to be taken, and what would
// become of it then.
type imported struct {
	Name    string // of the file; empty: it was typed
	Size    int64
	Form    url.Values
	Shown   intake.Shown
	Refused string // why nothing of it can be taken; empty: it can
	Wrong   string // what is wrong with the form, so that it was not looked at
	Rows    []string
}

// importFields are what a form says of a text, beside the text.
var importFields = []string{"format", "columns", "delimiter", "comment", "header", "sharing_groups", "tlp", "community", "recipients", "per_object"}

// lookView is a text that was looked over and not taken yet.
type lookView struct {
	imported
	wrong       tried
	ID          string
	Bytes       string // its size, in words
	Formats     []intake.Format
	Kinds       []string
	Communities []string
	Indicators  int
	Reach       []reach
	May         bool // it can be taken as it is set
}

// Field is what stands in a field of the form.
func (v lookView) Field(name string) string { return v.Form.Get(name) }

// Stray is what went wrong with what was asked last.
func (v lookView) Stray() string { return v.wrong.wrong }

// Left is what would not be taken of the text.
func (v lookView) Left() int { return v.Shown.RejectedCount - len(v.Shown.Rejected) }

// Unsaid is how many notes are not shown.
func (v lookView) Unsaid() int { return v.Shown.WarningCount - len(v.Shown.Warnings) }

// Community is the one that was chosen.
func (v lookView) Community() string { return cmp.Or(v.Field("community"), access.DefaultCommunity) }

// reach is who would be told of some of the objects.
type reach struct {
	intake.Audience
	Named    []string
	Partners int // beside the reader's own
}

// submission is how the form says that its text is to be taken.
func (p *pages) submission(r reading, form url.Values) (s intake.Submission, err error) {
	options := url.Values{}
	for _, name := range importFields {
		options.Set(name, strings.TrimSpace(form.Get(name)))
	}
	options.Del("recipients")
	if form.Get("tlp") == string(access.Red) {
		r.PostForm = form
		ids, err := p.partnersNamed(r, "recipients")
		if err != nil {
			return s, err
		}
		list := make([]string, len(ids))
		for i, id := range ids {
			list[i] = string(id)
		}
		options.Set("recipients", strings.Join(list, ","))
	}
	s, err = p.Views.Submission(r.who, options)
	s.MaxBytes = p.longest()
	return s, err
}

// look says what would become of a text, and remembers it.
func (p *pages) look(r reading, id string, note imported) (imported, error) {
	t, there := p.texts.Get(owner(r), id)
	if !there {
		return note, errGone
	}
	note.Shown, note.Refused, note.Wrong, note.Rows = intake.Shown{}, "", "", rows(t.Open())
	s, err := p.submission(r, note.Form)
	if err == nil {
		note.Shown, err = p.Views.Preview(r.Context(), t.Open(), s)
	}
	var refused *intake.Refused
	_, text, readable := known(err)
	switch {
	case errors.As(err, &refused):
		n := len(refused.Rejected)
		note.Refused = refused.Error()
		note.Shown = intake.Shown{Format: s.Format, Rejected: refused.Rejected[:min(n, shownRefused)], RejectedCount: n}
	case readable:
		note.Wrong = text
	case err != nil:
		return note, busy(err)
	}
	p.texts.Note(owner(r), id, note)
	return note, nil
}

// shownRefused is how many reasons a page shows of a text that cannot be read.
const shownRefused = 20

var errGone = fmt.Errorf("%w: the text is no longer here: it was taken, or another was sent in its place, or nobody asked for it for an hour. Send it again", access.ErrNotFound)

// busy tells a person that a hub which has too much to do is worth asking again.
func busy(err error) error {
	var behind *views.Backlogged
	if errors.As(err, &behind) {
		return fmt.Errorf("%w: %w", access.ErrConflict, err)
	}
	return err
}

// rows is the first lines of a text that is made of lines, for who declares columns.
func rows(text io.Reader) (list []string) {
	const most, longest = 5, 200
	lines := bufio.NewReaderSize(text, 16<<10)
	head, _ := lines.Peek(16 << 10) // what there is
	if start := bytes.TrimLeft(head, " \t\r\n"); len(start) == 0 || start[0] == '{' || start[0] == '[' || bytes.IndexByte(head, 0) >= 0 || !utf8.Valid(head[:max(0, len(head)-utf8.UTFMax)]) {
		return nil
	}
	for line := range bytes.Lines(head) {
		if len(list) == most {
			break
		}
		list = append(list, shorten(strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "�"), longest))
	}
	return list
}

func (p *pages) looked(r reading) (content, error) {
	t, there := p.texts.Get(owner(r), r.PathValue("id"))
	if !there {
		_, text, _ := known(errGone)
		r.tried = tried{act: "look", wrong: text}
		return p.importing(r)
	}
	v := lookView{imported: t.Note, wrong: r.tried, ID: t.ID, Bytes: sizeOf(t.Size), Formats: intake.Formats, Kinds: tabular.Kinds, Communities: r.who.Communities}
	for _, k := range v.Shown.Kinds {
		if kind, _, _ := strings.Cut(k.Kind, " "); kind == "indicator" {
			v.Indicators += k.Count
		}
	}
	for _, a := range v.Shown.Audiences {
		v.Reach = append(v.Reach, reach{a, p.namesOf(a.Recipients), p.told(r, a.Audience)})
	}
	v.May = v.Refused == "" && v.Wrong == "" && v.Shown.Accepted > 0 && (v.Shown.RejectedCount == 0 || v.Field("per_object") == "true")
	return content{"import-look", english.say("import.look", nil), "/import", v}, nil
}

// told is how many partners beside the reader's own may see what the reader shares
// with an audience.
func (p *pages) told(r reading, to access.Audience) (n int) {
	for _, one := range p.Views.Access.Partners() {
		if who, present := p.Views.Access.Reader(one.ID); present && one.ID != r.who.Partner && who.MaySee(access.PartnerID(r.who.Actor()), to) {
			n++
		}
	}
	return n
}

// decideImport looks at a text once more, takes it, or forgets it.
func (p *pages) decideImport(r reading, act string) (string, error) {
	id := r.PathValue("id")
	t, there := p.texts.Get(owner(r), id)
	if !there {
		return "", errGone
	}
	switch act {
	case "look":
		note := t.Note
		note.Form = url.Values{}
		for _, name := range importFields {
			note.Form.Set(name, r.PostForm.Get(name))
		}
		_, err := p.look(r, id, note)
		return "/import/" + id, err
	case "forget":
		p.texts.Drop(owner(r))
		return "/import", nil
	case "take":
		return p.take(r, t.Open(), t.Note.Form)
	}
	return "", unknownAct(act)
}

// take contributes a text as the API does, and says where what was taken is shown.
func (p *pages) take(r reading, text io.Reader, form url.Values) (string, error) {
	s, err := p.submission(r, form)
	if err != nil {
		return "", err
	}
	outcome, done, err := p.Views.Read(r.Context(), text, s)
	if err != nil {
		return "", refusedText(err)
	}
	defer done()
	if len(outcome.Drafts) == 0 {
		return "", fmt.Errorf("%w: nothing in it can be taken", access.ErrInvalid)
	}
	taken, err := p.Views.Contribute(r.Context(), s.Partner, outcome)
	if err != nil {
		return "", busy(err)
	}
	p.texts.Drop(owner(r))
	word := "taken"
	switch {
	case taken.Known:
		word = "known"
	case len(taken.Kept) > 0:
		word = "kept"
	}
	return "/contributions/" + outcome.ID + "?done=" + word, nil
}

// refusedText is why a text is not taken, for a person.
func refusedText(err error) error {
	var refused *intake.Refused
	if errors.As(err, &refused) {
		return fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	return busy(err)
}
