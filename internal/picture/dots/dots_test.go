package dots_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/picture/dots"
)

func TestDotsRangeAndMean(t *testing.T) {
	svg := string(dots.Picture{Title: "Shares", Rows: []dots.Row{{Text: "one", Groups: []dots.Group{
		{State: "before", Name: "round 1", Shares: []dots.Share{{At: .25, Of: "Alpha"}, {At: .75, Of: "Beta"}}, Mean: .5},
		{State: "now", Name: "round 2", Shares: []dots.Share{{At: 1, Of: "Alpha"}}, Mean: 1},
	}}}}.SVG())
	for _, want := range []string{`aria-label="Shares"`, `<line class="range" x1="370.0" y1="36.0" x2="570.0" y2="36.0"/>`, `<circle cx="670.0" cy="56.0" r="4"><title>Alpha</title>`, ">50 %</text>", `class="is-before"`} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	if svg := (dots.Picture{Title: "x"}).SVG(); svg != "" {
		t.Errorf("nothing is drawn as %s", svg)
	}
}

// Whatever stands in it, it is one picture of a bounded size.
func FuzzPictures(f *testing.F) {
	f.Add(`"><script>x</script>`, `is" onload="x`, math.NaN(), 3)
	f.Add("‮\x00\xff]]>", "now", math.Inf(1), 100)
	f.Fuzz(func(t *testing.T, text, state string, share float64, n int) {
		n = max(1, min(n, 200))
		group := dots.Group{State: state, Name: text, Mean: share}
		p := dots.Picture{Title: text}
		for range n {
			group.Shares = append(group.Shares, dots.Share{At: share, Of: text})
		}
		for range n {
			p.Rows = append(p.Rows, dots.Row{Text: text, Groups: []dots.Group{group, group, group, group}})
		}
		svg := string(p.SVG())
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || strings.Count(svg, "<circle") > dots.MaxRows*dots.MaxGroups*dots.MaxShares {
			t.Errorf("%d rows and shares of %v: %.300s", n, share, svg)
		}
		read := xml.NewDecoder(strings.NewReader(strings.ToValidUTF8(strings.Map(func(r rune) rune {
			if r < ' ' || r == 0xfffe || r == 0xffff {
				return -1 // XML has no way to write these
			}
			return r
		}, svg), "")))
		read.Strict = false
		for {
			token, err := read.Token()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatalf("%v in %.300s", err, svg)
			}
			if e, is := token.(xml.StartElement); is && !strings.Contains(" svg line text g circle path title ", " "+e.Name.Local+" ") {
				t.Fatal(fmt.Sprint("a foreign element: ", e.Name.Local))
			}
		}
	})
}
