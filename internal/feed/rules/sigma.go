package rules

import (
	"io"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// A sigmaRule is one of the rules of Sigma: where it looks, and what it says of
// a protection, as lines of a list in a field of the selection.
type sigmaRule struct {
	name, title string
	category    string
	product     string // "" for any
	fields      []string
	lines       func(p *protect.Protection) (field int, text string) // "" if it is not for this rule
	names       bool                                                 // the field after the first is for what lies beneath; what must resolve there is filtered
}

var sigmaRules = []sigmaRule{
	{name: "dns", title: "a name that is asked for", category: "dns", fields: []string{"query", "query|endswith"}, names: true,
		lines: func(p *protect.Protection) (int, string) { return 0, only(p, observable.Domain) }},
	{name: "address", title: "an address that is connected to", category: "firewall", fields: []string{"dst_ip", "dst_ip|cidr"}, lines: sigmaAddress},
	{name: "url", title: "a URL that is asked for", category: "proxy", fields: []string{"c-uri"},
		lines: func(p *protect.Protection) (int, string) { return 0, only(p, observable.URL) }},
	{name: "process", title: "a program that is started", category: "process_creation", product: "windows", fields: []string{"Hashes|contains", "Image|endswith"}, lines: sigmaFile},
	{name: "service", title: "a service of Windows that is installed", category: "", product: "windows", fields: []string{"ServiceName"},
		lines: func(p *protect.Protection) (int, string) { return 0, only(p, observable.Service) }},
}

func only(p *protect.Protection, t observable.Type) string {
	if p.Type != t {
		return ""
	}
	return p.Text
}

func sigmaAddress(p *protect.Protection) (int, string) {
	if p.Type != observable.IPv4 && p.Type != observable.IPv6 {
		return 0, ""
	}
	if strings.IndexByte(p.Text, '/') >= 0 {
		return 1, p.Text
	}
	return 0, p.Text
}

func sigmaFile(p *protect.Protection) (int, string) {
	switch p.Type {
	case observable.MD5:
		return 0, "MD5=" + p.Text
	case observable.SHA1:
		return 0, "SHA1=" + p.Text
	case observable.SHA256:
		return 0, "SHA256=" + p.Text
	case observable.FileName:
		return 1, `\` + p.Text
	}
	return 0, ""
}

// Sigma writes rules in Sigma's language (Sigma specification 2.0), one for each
// place to look and each polarity, with lists of values: at most ten. Values are
// written in YAML's double quotes; Sigma's own wildcards in them are escaped.
// What is blocked has the level high, what is only observed medium.
func Sigma(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	for _, one := range sides {
		for _, r := range sigmaRules {
			r.write(out, one, s)
		}
	}
	return out.Done()
}

func (r sigmaRule) write(out *feed.Output, one side, s feed.Set) {
	lists := make([][]string, len(r.fields))
	var free []string
	if r.names {
		free = freeBeneath(s, one.of(s))
	}
	for _, p := range one.of(s) {
		field, text := r.lines(p)
		if text == "" {
			continue
		}
		if above := beneath(text, free); above != "" {
			out.Leave(p, "Sigma's filter for "+above+", which must resolve, is for all beneath that")
			continue
		}
		lists[field] = append(lists[field], text)
		if r.names && !p.Exact {
			lists[1] = append(lists[1], "."+text)
		}
	}
	if slices.IndexFunc(lists, func(l []string) bool { return len(l) > 0 }) < 0 {
		return
	}
	level := "high"
	if one.polarity == protect.Observe {
		level = "medium"
	}
	_, id, _ := strings.Cut(compose.ID("sigma", r.name, one.word), "--")
	out.Line("---\ntitle: \"Tocsin: ", one.word, ": ", r.title, "\"")
	out.Line("id: ", id, "\nstatus: stable\nauthor: Tocsin")
	out.Line("description: What the community has decided to ", string(one.polarity), ", as it stands.")
	out.WriteString("logsource:\n")
	if r.category != "" {
		out.Line("  category: ", r.category)
	}
	if r.product != "" {
		out.Line("  product: ", r.product)
	}
	if r.category == "" {
		out.WriteString("  service: system\n")
	}
	out.WriteString("detection:\n")
	condition := "1 of selection_*"
	if r.category == "" {
		out.WriteString("  event:\n    Provider_Name: Service Control Manager\n    EventID: 7045\n")
		condition += " and event"
	}
	for i, list := range lists {
		sigmaList(out, "selection_"+string(rune('a'+i)), r.fields[i], list)
	}
	if len(free) > 0 {
		sigmaList(out, "filter_name", "query", free)
		for i, name := range free {
			free[i] = "." + name
		}
		sigmaList(out, "filter_beneath", "query|endswith", free)
		condition += " and not 1 of filter_*"
	}
	out.Line("  condition: ", condition, "\nfalsepositives:\n  - a decision that was wrong: have it recalled\nlevel: ", level)
}

// freeBeneath gives the names that must resolve beneath the domains among ps,
// sorted.
func freeBeneath(s feed.Set, ps []*protect.Protection) (free []string) {
	for _, p := range ps {
		if p.Type == observable.Domain && !p.Exact {
			free = append(free, s.Except(p.Text)...)
		}
	}
	slices.Sort(free)
	return slices.Compact(free)
}

// beneath gives the one of the sorted names that a name lies beneath, or "".
func beneath(name string, sorted []string) string {
	for len(sorted) > 0 {
		_, up, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		if _, found := slices.BinarySearch(sorted, up); found {
			return up
		}
		name = up
	}
	return ""
}

func sigmaList(out *feed.Output, name, field string, values []string) {
	if len(values) == 0 {
		return
	}
	out.Line("  ", name, ":\n    ", field, ":")
	for _, v := range values {
		out.WriteString("      - \"")
		sigmaQuoted(out, v)
		out.WriteString("\"\n")
	}
}

// sigmaQuoted writes a value twice quoted: for Sigma, in which * and ? are
// wildcards and a backslash takes that from them (Sigma specification,
// "Escaping"), and that for YAML's double quotes (YAML 1.2, section 5.7).
func sigmaQuoted(out *feed.Output, text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '*', c == '?':
			out.WriteString(`\\`)
			out.WriteByte(c)
		case c == '\\':
			out.WriteString(`\\\\`)
		case c == '"':
			out.WriteString(`\"`)
		case c < ' ' || c == 0x7f:
			const digits = "0123456789abcdef"
			out.WriteString(`\x`)
			out.WriteByte(digits[c>>4])
			out.WriteByte(digits[c&15])
		default:
			out.WriteByte(c)
		}
	}
}
