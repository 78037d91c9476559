package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/scratch"
)

// importRoom is how a person contributes: a text is sent, looked over, and taken.
var importRoom = room{map[string]sheet{
	"import": {importView{}, true}, "import-look": {lookView{}, true}, "contribution": {contributionView{}, true},
}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /import", p.reader(p.importing))
	mux.HandleFunc("POST /import", p.upload)
	p.both(mux, "/import/{id}", p.looked, p.decideImport)
	p.both(mux, "/contributions/{id}", p.contribution, p.takeBack)
}}

const (
	// waitingTexts is how many texts of the greatest size may wait for a yes, and
	// waitingShare how many of them of one partner.
	waitingTexts    = 8
	waitingShare    = 2
	waitingPatience = time.Hour
	arrivalPatience = 10 * time.Minute // with a text on its way: the greatest at 1 Mbit/s
	maxListed       = 20               // contributions on a page
	maxFileName     = 120
)

// importView is the form, and what the reader's partner contributed before.
type importView struct {
	tried
	May         bool
	Limit       string // of a text, in words
	Formats     []intake.Format
	Communities []string
	List        []catalog.Contribution
	Older       ledger.Seq // leads to older ones; 0: there are none
	Before      bool       // these are not the newest
}

// Format is the format that was chosen.
func (v importView) Format() string { return v.Kept("look", "format", "auto") }

// Community is the one that was chosen.
func (v importView) Community() string { return v.Kept("look", "community", access.DefaultCommunity) }

// TLP is the marking that was chosen.
func (v importView) TLP() string { return v.Kept("look", "tlp", string(access.Green)) }

func (p *pages) importing(r reading) (content, error) {
	before, _ := numbered(r.URL.Query().Get("before")) // what is no number is the beginning
	v := importView{
		tried: r.tried.among("look"), May: r.who.AtLeast(access.Contributor), Limit: sizeOf(p.longest()),
		Formats: intake.Formats, Communities: r.who.Communities, Before: before > 0,
	}
	if v.May {
		var err error
		if v.List, err = p.Views.Catalog.Contributions(r.Context(), access.PartnerID(r.who.Actor()), ledger.Seq(before), maxListed+1); err != nil {
			return content{}, err
		}
		if len(v.List) > maxListed {
			v.List = v.List[:maxListed]
			v.Older = v.List[maxListed-1].First
		}
	}
	return content{"import", english.say("import.title", nil), "/import", v}, nil
}

// longest is how many bytes a text may have.
func (p *pages) longest() int64 {
	if p.MaxBody > 0 {
		return p.MaxBody
	}
	return defaultLongest
}

const defaultLongest = 64 << 20

// waitingLimits are what texts that wait for a yes may take.
func (p *pages) waitingLimits() scratch.Limits {
	return scratch.Limits{Most: waitingTexts * p.longest(), Share: waitingShare * p.longest(), Patience: waitingPatience, Arrival: arrivalPatience}
}

// upload takes in a text to be looked over. It goes to disk as it comes.
func (p *pages) upload(w http.ResponseWriter, request *http.Request) {
	_, who, ok := p.SignIn.Reader(request)
	if !ok {
		http.Redirect(w, request, "/sign-in", http.StatusSeeOther)
		return
	}
	r := reading{Request: request, who: who, reads: true}
	r.PostForm = url.Values{}
	var to string
	var err error
	if !who.AtLeast(access.Contributor) {
		err = fmt.Errorf("%w: this needs the role contributor, yours is %s", access.ErrForbidden, who.Role)
	} else {
		request.Body = http.MaxBytesReader(w, request.Body, 2*p.longest()+maxActForm)
		if to, err = p.receive(r); err != nil {
			_, _ = io.Copy(io.Discard, request.Body) // so that the browser reads the answer
		}
	}
	if err == nil {
		http.Redirect(w, request, to, http.StatusSeeOther)
		return
	}
	status, text := p.refusal(r, err)
	r.tried = tried{act: "look", wrong: text, values: r.PostForm}
	c, err := p.importing(r)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.render(w, r, status, c)
}

// receive reads the parts of the form, keeps the text, and looks it over.
func (p *pages) receive(r reading) (to string, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return "", fmt.Errorf("%w: the form cannot be read: send it from this page", access.ErrInvalid)
	}
	note, id := imported{}, ""
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("%w: the form did not arrive whole: %w", access.ErrInvalid, err)
		}
		if name := part.FormName(); name != "file" && name != "text" {
			if err := field(r, part, name); err != nil {
				return "", err
			}
			continue
		}
		text := bufio.NewReader(part)
		if _, err := text.Peek(1); err != nil {
			continue // nothing was chosen or typed
		}
		if id != "" {
			return "", fmt.Errorf("%w: a file was chosen and a text typed: send one of them", access.ErrInvalid)
		}
		kept, err := p.texts.Keep(owner(r), text, p.longest())
		if err != nil {
			return "", p.unkept(err)
		}
		id, note.Name, note.Size = kept.ID, fileName(part), kept.Size
	}
	if id == "" {
		return "", fmt.Errorf("%w: choose a file, or type a text", access.ErrInvalid)
	}
	note.Form = r.PostForm
	if note, err = p.look(r, id, note); err != nil {
		return "", err
	}
	return "/import/" + id, nil
}

// field reads one that says how the text is to be taken.
func field(r reading, part *multipart.Part, name string) error {
	value, err := io.ReadAll(io.LimitReader(part, maxActForm+1))
	if err != nil || len(value) > maxActForm || len(r.PostForm) >= len(importFields) {
		return fmt.Errorf("%w: %.40q has more than %d bytes, or there are too many fields", access.ErrInvalid, name, maxActForm)
	}
	if slices.Contains(importFields, name) {
		r.PostForm.Set(name, string(value))
	}
	return nil
}

// unkept is why a text cannot wait, for a person.
func (p *pages) unkept(err error) error {
	var long *http.MaxBytesError
	switch {
	case errors.Is(err, scratch.ErrLong), errors.As(err, &long):
		return fmt.Errorf("%w: the text has more than %s, which is the most that this hub takes at once: send it in parts", access.ErrInvalid, sizeOf(p.longest()))
	case errors.Is(err, scratch.ErrFull):
		return fmt.Errorf("%w: the texts of others that wait for a yes take all the room there is: try again in some minutes", access.ErrConflict)
	case errors.Is(err, scratch.ErrShare):
		return fmt.Errorf("%w: the texts of your partner that wait for a yes take all its share of the room: take or forget one of them, or try again within the hour", access.ErrConflict)
	case errors.Is(err, scratch.ErrBusy):
		return fmt.Errorf("%w: busy: another text of your partner is being sent just now, and one is taken in at a time: try again when it has arrived, in %s at the latest", access.ErrConflict, lasted(arrivalPatience))
	case errors.Is(err, scratch.ErrSlow):
		return fmt.Errorf("%w: the text took longer than %s to arrive: send it in parts, or with tocsin import", access.ErrInvalid, lasted(arrivalPatience))
	}
	return err
}

// owner is whose text one is that waits: a person's, or a program's, of a partner.
func owner(r reading) scratch.Owner { return scratch.Owner{House: r.who.Actor(), Name: r.who.By()} }

// fileName is what a person called the text; "" if it was typed.
func fileName(part *multipart.Part) string {
	return shorten(strings.ToValidUTF8(part.FileName(), "�"), maxFileName)
}
