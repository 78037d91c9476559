package matrix_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/picture/matrix"
)

// elements are the picture's, which has to be well-formed: by name, with their
// attributes and the text in them.
func elements(t testing.TB, svg string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	var open []string
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
			for _, a := range token.Attr {
				found[token.Name.Local+"@"+a.Name.Local] = append(found[token.Name.Local+"@"+a.Name.Local], a.Value)
			}
			found[token.Name.Local] = append(found[token.Name.Local], "")
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			name := open[len(open)-1]
			found[name][len(found[name])-1] += string(token)
		}
	}
}

func TestAMatrixSaysWhatItWasGiven(t *testing.T) {
	p := matrix.Picture{
		Title:   `Who "has" <what>`,
		Columns: []matrix.Label{{Text: "energy"}, {Text: "h&c", Title: "health & care"}},
		Rows: []matrix.Row{
			{Label: matrix.Label{Text: "bad.example", Link: "/why?value=bad.example&x=1"}, Cells: []matrix.Cell{{State: "good", Symbol: "5/5", Title: "all <5>"}, {State: "part", Symbol: "½"}}},
			{Label: matrix.Label{Text: strings.Repeat("ü", 80)}, Cells: []matrix.Cell{{}, {State: `x"onload=1`, Symbol: "far too long", Link: "#row"}, {State: "good"}}},
		},
	}
	got := elements(t, string(p.SVG()))
	for name, want := range map[string][]string{
		"svg@aria-label": {p.Title},
		"g@class":        {"of is-good", "of is-part", "of is-xonload1"},
		"a@href":         {"/why?value=bad.example&x=1", "#row"},
		"title":          {"energy", "health & care", "bad.example", "all <5>", strings.Repeat("ü", 80)},
		"text@class":     {"column", "column", "row", "row"},
		"text":           {"energy", "h&c", "bad.example", "5/5", "½", strings.Repeat("ü", 29) + "…", "far to…"},
	} {
		if fmt.Sprint(got[name]) != fmt.Sprint(want) {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}

func TestLinksStayOnTheSite(t *testing.T) {
	for link, stays := range map[string]bool{"/a": true, "?a=b": true, "#a": true, "//evil.example": false, `/\evil.example`: false, "https://evil.example": false, "javascript:alert(1)": false, "": false} {
		p := matrix.Picture{Columns: []matrix.Label{{Text: "c"}}, Rows: []matrix.Row{{Label: matrix.Label{Text: "r", Link: link}}}}
		if got := elements(t, string(p.SVG()))["a@href"]; (len(got) == 1) != stays {
			t.Errorf("%q: links %q, want one: %t", link, got, stays)
		}
	}
}

// However much there is, the picture is bounded, and says how much of it it shows.
func TestAMatrixIsBounded(t *testing.T) {
	var p matrix.Picture
	if p.SVG() != "" {
		t.Error("nothing is drawn")
	}
	for i := range 200 {
		p.Columns = append(p.Columns, matrix.Label{Text: fmt.Sprint("column ", i)})
		row := matrix.Row{Label: matrix.Label{Text: strings.Repeat("r", 30)}}
		for range 200 {
			row.Cells = append(row.Cells, matrix.Cell{State: "good", Symbol: "100/100", Title: "in force at 100 of 100"})
		}
		p.Rows = append(p.Rows, row)
	}
	svg := string(p.SVG())
	rows, columns := p.Drawn()
	if got := len(elements(t, svg)["rect"]); rows != matrix.MaxRows || columns != matrix.MaxColumns || got != rows*columns {
		t.Errorf("%d rows, %d columns, %d cells", rows, columns, got)
	}
}

// Everything lies within the picture, and no label within the cells.
func TestAMatrixFitsItsFrame(t *testing.T) {
	for _, columns := range [][]matrix.Label{{{Text: "E1"}, {Text: "E2"}}, {{Text: "financial services"}, {Text: "a column with a very long label"}}} {
		p := matrix.Picture{Columns: columns, Rows: []matrix.Row{{Label: matrix.Label{Text: "a row with a long label"}, Cells: []matrix.Cell{{Symbol: "10/10"}, {Symbol: "!"}}}}}
		var width, height, x, y, w, h float64
		got := elements(t, string(p.SVG()))
		if _, err := fmt.Sscan(got["svg@width"][0]+" "+got["svg@height"][0], &width, &height); err != nil {
			t.Fatal(err)
		}
		for i := range got["rect"] {
			if _, err := fmt.Sscan(strings.Join([]string{got["rect@x"][i], got["rect@y"][i], got["rect@width"][i], got["rect@height"][i]}, " "), &x, &y, &w, &h); err != nil {
				t.Fatal(err)
			}
			if x < 7*float64(len("a row with a long label")) || y < 20 || x+w > width || y+h > height {
				t.Errorf("cell %d at %.0f,%.0f (%.0f x %.0f) of %.0f x %.0f", i, x, y, w, h, width, height)
			}
		}
		leans := strings.Contains(string(p.SVG()), "rotate(")
		if leans != (len(columns[0].Text) > 2) {
			t.Errorf("%v lean: %t", columns, leans)
		}
	}
}

// The labels of columns stay within the picture in wide letters too, as a bold face or
// another script has them.
func TestLongLabelsAreNotCutOff(t *testing.T) {
	for name, letter := range map[string]struct {
		text string
		wide float64 // in pixels, at the size of the labels
	}{"capitals": {"W", 12.4}, "usual ones": {"e", 7.6}, "bold ones": {"n", 8.9}, "ideographs": {"国", 13}} {
		text := strings.Repeat(letter.text, 22)
		for place := range 4 {
			p := matrix.Picture{Columns: make([]matrix.Label, 4), Rows: []matrix.Row{{Label: matrix.Label{Text: strings.Repeat(letter.text, 30)}}}}
			p.Columns[place].Text = text
			svg := string(p.SVG())
			got := elements(t, svg)
			var width, x, y float64
			if _, err := fmt.Sscanf(got["text@transform"][place], "translate(%f %f) rotate(-50)", &x, &y); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Sscan(got["svg@width"][0], &width); err != nil {
				t.Fatal(err)
			}
			end := 22 * letter.wide
			if right, top := x+end*math.Cos(50*math.Pi/180)+3, y-end*math.Sin(50*math.Pi/180)-8; right > width || top < 0 {
				t.Errorf("%s in column %d reach from the top at %.0f to the right at %.0f, the picture ends at %.0f", name, place, top, right, width)
			}
			var row float64
			if _, err := fmt.Sscan(got["text@x"][0], &row); err != nil || row-30*letter.wide < 0 {
				t.Errorf("%s of a row begin at %.0f: %v", name, row-30*letter.wide, err)
			}
		}
	}
}
