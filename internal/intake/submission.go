package intake

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/tabular"
)

// Format is how a submission is written.
type Format string

// The formats that Read takes.
const (
	Auto      Format = ""          // found out from the first bytes
	STIX      Format = "stix"      // a bundle, a TAXII envelope or one object
	List      Format = "list"      // one value a line
	CSV       Format = "csv"       // with a declared Mapping
	MISP      Format = "misp"      // an event of the MISP core format, or several
	URLhaus   Format = "urlhaus"   // CSV or JSON of abuse.ch
	ThreatFox Format = "threatfox" // CSV or JSON of abuse.ch
	Feodo     Format = "feodo"     // CSV or JSON of abuse.ch: the block list of addresses
	KEV       Format = "kev"       // CISA's known exploited vulnerabilities, JSON
)

// Formats are those that a submission can name.
var Formats = []Format{STIX, List, CSV, MISP, URLhaus, ThreatFox, Feodo, KEV}

// Submission says who sends something and how it is to be taken. The zero
// value of each field but Partner works.
type Submission struct {
	Partner access.PartnerID
	// Audience is that of objects without a TLP marking: the default
	// community at GREEN unless it says otherwise. Its recipients are told of
	// every object, and every part of one, that is marked TLP:RED, and its
	// community stands for "the community" of every other level.
	Audience access.Audience
	// Bound says that Audience is the widest that any object gets, however widely it
	// is marked: who hands it on knows that fewer may see it.
	Bound  bool
	Source string // how it came: "stix", "list", "taxii"; the format by default
	// Origin is where it began, if another hub told of it.
	Origin *contribution.Origin
	// PerObject takes what can be taken and reports the rest; otherwise one
	// bad object refuses the whole.
	PerObject bool
	Format    Format
	MaxBytes  int64 // of the unpacked text; 64 MiB by default
	// Mapping says what the columns of CSV are; with one, what is not JSON is CSV.
	Mapping *tabular.Mapping
	// Key is the hub's secret that goes into the ids of contributions: without it
	// an id would confirm a guess of content that is hidden from who reads it.
	Key []byte
	// Reserve is asked before each further megabyte of unpacked text is read into
	// memory, if it is not nil; its error ends the reading.
	Reserve func(ctx context.Context, bytes int64) error
	// SharingGroups are the communities that the sharing groups of a MISP
	// event stand for, by the group's UUID or name.
	SharingGroups map[string]string
}

// Option is what a query or a command line can say of a text.
type Option struct{ Name, Help string }

// Options are those that Declare reads.
var Options = []Option{
	{"format", "stix, list, csv, misp, urlhaus, threatfox, feodo, kev, or auto to find it out"},
	{"columns", "what the columns of CSV are, as in host:domain,seen:timestamp,,comment:description,confidence"},
	{"delimiter", "of CSV: one character or tab; a comma if not given"},
	{"comment", "of CSV: the character that lines begin with which are left out"},
	{"header", "of CSV: true if the first line names the columns"},
	{"sharing_groups", "the communities that sharing groups of MISP stand for, as UUID=community, commas between them"},
}

// Declare sets what the options say; what they do not say stays as it is.
func (s *Submission) Declare(options url.Values) error {
	if f := options.Get("format"); f != "" && f != "auto" {
		if !slices.Contains(Formats, Format(f)) {
			return fmt.Errorf("format: %.40q is unknown, use one of %q", f, Formats)
		}
		s.Format = Format(f)
	}
	if err := s.declareColumns(options); err != nil {
		return err
	}
	for pair := range strings.SplitSeq(options.Get("sharing_groups"), ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		group, community, ok := strings.Cut(pair, "=")
		if !ok || group == "" || community == "" || strings.ContainsAny(community, " \n") {
			return fmt.Errorf("sharing_groups: %.80q; write the group's UUID or name, '=' and the community's name", pair)
		}
		if s.SharingGroups == nil {
			s.SharingGroups = map[string]string{}
		}
		s.SharingGroups[group] = community
	}
	return nil
}

func (s *Submission) declareColumns(options url.Values) (err error) {
	columns := options.Get("columns")
	if columns == "" {
		for _, name := range []string{"delimiter", "comment", "header"} {
			if options.Get(name) != "" {
				return fmt.Errorf("%s: this is about CSV, whose columns have to be declared too: columns=host:domain,seen:timestamp", name)
			}
		}
		return nil
	}
	m, err := tabular.ParseMapping(columns)
	if err != nil {
		return err
	}
	if d := options.Get("delimiter"); d != "" {
		if m.Delimiter, err = tabular.Character(d); err != nil {
			return fmt.Errorf("delimiter: %w", err)
		}
	}
	if c := options.Get("comment"); c != "" {
		if m.Comment, err = tabular.Character(c); err != nil {
			return fmt.Errorf("comment: %w", err)
		}
	}
	if m.Comment == m.Delimiter {
		return fmt.Errorf("comment: %q is the delimiter as well", m.Comment)
	}
	switch h := options.Get("header"); h {
	case "", "false", "no":
	case "true", "yes":
		m.Header = true
	default:
		return fmt.Errorf("header: %.40q; use true or false", h)
	}
	s.Mapping = &m
	if s.Format == Auto {
		s.Format = CSV
	}
	return nil
}
