package exposure

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

const (
	maxDepth   = 64
	maxElement = 4096 // bytes of a text that is kept
)

// ReadGreenboneXML reads a report of OpenVAS or Greenbone as XML, alone or as the
// answer to get_reports, and keeps counts only (Greenbone Management Protocol 22.5,
// get_reports, docs.greenbone.net/API/GMP/gmp-22.5.html).
//
// A result with a severity above 0 on a host is a finding of the CVEs that its nvt
// refers to: exposed. Where the report has the details of hosts, a detail EXIT_CODE of
// EXIT_NOTVULN says that a check ran on a host and did not find it vulnerable, from
// which Greenbone itself makes its closed CVEs: patched, if a result of the same check
// on another host says of which CVEs it is. Hosts of which the report says neither are
// unknown. What is supported it does not say.
//
// A page of a report, with fewer results than there are, is refused: hosts would seem
// to be without a finding that is on another page.
func ReadGreenboneXML(ctx context.Context, text io.Reader, o Options) ([]Row, Scanned, error) {
	g := &greenbone{scan: newScan(), checks: map[string]uint32{}, passed: map[uint64]bool{}}
	source := &bounded{r: text, left: maxText}
	in := xml.NewDecoder(source)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, Scanned{}, ctx.Err()
		}
		token, err := in.RawToken()
		if errors.Is(err, io.EOF) && len(g.path) == 0 {
			return g.reduced(o)
		}
		if err == nil {
			err = g.token(token)
		}
		if err != nil {
			return nil, Scanned{}, broken(in, cmp.Or(source.failed, err), source.failed != nil)
		}
	}
}

// broken gives an error its place. What could not be read stays as it is.
func broken(in *xml.Decoder, err error, unread bool) error {
	line, _ := in.InputPos()
	var syntax *xml.SyntaxError
	switch {
	case unread:
		return err
	case errors.Is(err, access.ErrInvalid):
		return fmt.Errorf("line %d: %w", line, err)
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %w: the XML is broken here: %s", line, access.ErrInvalid, syntax.Msg)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("line %d: %w: the XML ends before its elements do", line, access.ErrInvalid)
	}
	return fmt.Errorf("line %d: %w: %w: export it as XML 1.0 in UTF-8", line, access.ErrInvalid, err)
}

func (g *greenbone) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		if len(g.path) >= maxDepth {
			return fmt.Errorf("%w: elements are nested more than %d deep", access.ErrInvalid, maxDepth)
		}
		g.hostBegun()
		g.path = append(g.path, t.Name.Local)
		g.text = g.text[:0]
		return g.begin(t)
	case xml.CharData:
		if len(g.text) <= maxElement {
			g.text = append(g.text, t[:min(len(t), maxElement+1)]...)
		}
	case xml.EndElement:
		if len(g.path) == 0 || g.path[len(g.path)-1] != t.Name.Local {
			return fmt.Errorf("%w: </%.40s> ends what has not begun", access.ErrInvalid, t.Name.Local)
		}
		err := g.end()
		g.path = g.path[:len(g.path)-1]
		g.text = g.text[:0]
		return err
	}
	return nil
}

// in says whether the innermost elements that are open have these names.
func (g *greenbone) in(names ...string) bool {
	from := len(g.path) - len(names)
	if from < 0 {
		return false
	}
	for i, n := range names {
		if g.path[from+i] != n {
			return false
		}
	}
	return true
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (g *greenbone) begin(t xml.StartElement) error {
	switch {
	case len(g.path) == 1 && !g.in("report") && !g.in("get_reports_response"):
		return fmt.Errorf("%w: it begins with <%.40s>: is it a Greenbone report as XML?", access.ErrInvalid, t.Name.Local)
	case g.in("report", "results"):
		max := attribute(t, "max")
		g.report, g.paged = true, g.paged || max != "" && !strings.HasPrefix(max, "-")
	case g.in("results", "result"):
		g.result = result{}
		if g.results++; g.results > maxFindings {
			return fmt.Errorf("%w: more than %d results: split the report", access.ErrInvalid, maxFindings)
		}
	case g.in("result", "nvt"):
		g.result.check = attribute(t, "oid")
	case g.in("result", "nvt", "refs", "ref"):
		if strings.EqualFold(attribute(t, "type"), "cve") {
			g.result.cves = append(g.result.cves, attribute(t, "id"))
		}
	case g.in("report", "host", "detail"):
		g.detail = detail{host: g.detail.host}
	case g.in("report", "host"):
		g.detail = detail{}
	}
	return nil
}

// hostBegun keeps the name of a result's host: the text before the elements in it.
func (g *greenbone) hostBegun() {
	if g.in("result", "host") && g.result.host == "" {
		g.result.host = strings.TrimSpace(string(g.text))
	}
}

func (g *greenbone) end() error {
	g.hostBegun()
	if len(g.text) > maxElement {
		g.text = g.text[:0] // a description, of which nothing is wanted
	}
	text := strings.TrimSpace(string(g.text))
	switch {
	case g.in("results", "result"):
		return g.resulted()
	case g.in("result", "nvt", "cve"): // until GMP 8: "CVE-2017-0143, CVE-2017-0144", or NOCVE
		g.result.cves = append(g.result.cves, text)
	case g.in("results", "result", "threat"):
		g.result.level = text
	case g.in("results", "result", "severity"):
		g.result.severity = text
	case g.in("report", "host", "ip"):
		g.detail.host = text
		_, err := g.host(text)
		return err
	case g.in("host", "detail", "name"):
		g.detail.name = text
	case g.in("host", "detail", "value"):
		g.detail.value = text
	case g.in("host", "detail", "source", "name"):
		g.detail.check = text
	case g.in("report", "host", "detail"):
		return g.detailed()
	case g.in("report", "result_count", "filtered"):
		g.all, _ = strconv.Atoi(text) // what is no number says nothing
	case g.in("report", "scan_end"):
		g.ended = text
	}
	return nil
}
