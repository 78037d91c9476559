package curve_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/picture/curve"
)

func steady(doubling float64) (points []curve.Point, band []curve.Range) {
	for x := range 11 {
		y := math.Pow(2, float64(x)/doubling)
		points = append(points, curve.Point{X: float64(x), Y: y})
		band = append(band, curve.Range{X: float64(x), Low: y / 2, High: y * 2})
	}
	return points, band
}

// wellFormed reads a picture to its end.
func wellFormed(t *testing.T, picture string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, picture)
		}
	}
}

func TestAPicture(t *testing.T) {
	points, band := steady(1)
	got := string(curve.SVG(curve.Picture{
		Label: "Hosts & more", X: curve.Hours, Log: true,
		Series: []curve.Series{{Name: "shared", Points: points, Band: band}, {Name: "alone", Class: "own", Points: []curve.Point{{X: 0, Y: 1}, {X: 10, Y: 900}}, Step: true, Filled: true}},
		Marks:  []curve.Mark{{X: 4, Text: "alarm"}, {X: 4.2, Text: "first protection"}},
		Notes:  []curve.Note{{Point: curve.Point{X: 6, Y: 64}, Text: "64 < 65"}},
	}))
	wellFormed(t, got)
	for _, want := range []string{
		`aria-label="Hosts &amp; more"`, `role="img"`, `<g class="s1"><title>shared</title><path class="band"`, `<g class="own"><title>alone</title><path class="area"`,
		`>alarm</text>`, `>first protection</text>`, `64 &lt; 65`, `>100</text>`, `>1000</text>`, `>10 h</text>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the picture has no %s:\n%s", want, got)
		}
	}
	// On a logarithmic scale what doubles steadily is a straight line.
	line := regexp.MustCompile(`<path class="line" d="M([^"]*)"`).FindStringSubmatch(got)
	var ys []float64
	for _, p := range strings.Split(line[1], "L") {
		y, err := strconv.ParseFloat(strings.Fields(p)[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		ys = append(ys, y)
	}
	for i := 2; i < len(ys); i++ {
		if math.Abs(ys[i]-2*ys[i-1]+ys[i-2]) > 0.25 {
			t.Errorf("the line bends at %d: %v", i, ys)
		}
	}
	// The words of moments that are close stand in two rows.
	rows := regexp.MustCompile(`<text class="mark" x="[^"]*" y="([^"]*)"`).FindAllStringSubmatch(got, -1)
	if len(rows) != 2 || rows[0][1] == rows[1][1] {
		t.Errorf("the words of the marks stand at %v", rows)
	}
}

// Names at the ends of lines that meet do not cover each other, nor leave the picture.
func TestNamesStandApart(t *testing.T) {
	var series []curve.Series
	for i := range 6 {
		series = append(series, curve.Series{Name: fmt.Sprint("number ", i), Points: []curve.Point{{X: 0, Y: 0}, {X: 1, Y: float64(i % 2)}}})
	}
	got := string(curve.SVG(curve.Picture{Label: "x", X: curve.Hours, Series: series}))
	last := 0.0
	found := regexp.MustCompile(`<text class="name s\d" x="[^"]*" y="([^"]*)"`).FindAllStringSubmatch(got, -1)
	for _, m := range found {
		y, _ := strconv.ParseFloat(m[1], 64)
		if y-last < 14.9 && last > 0 || y < 0 || y > 190 {
			t.Errorf("a name stands at %v after %v", y, last)
		}
		last = y
	}
	if len(found) != 6 {
		t.Errorf("%d names, want 6", len(found))
	}
}

func TestTimesOfDay(t *testing.T) {
	at := time.Date(2017, 5, 12, 7, 24, 0, 0, time.UTC)
	for hours, want := range map[float64][]string{1: {"07:30", "08:15"}, 3: {"07:30", "10:00"}, 9: {"08:00", "16:00"}, 30: {"12:00", "13 May", "12:00"}, 200: {"14 May", "20 May"}, 3000: {"15 Jun"}} {
		got := string(curve.SVG(curve.Picture{Label: "x", Series: []curve.Series{{Points: []curve.Point{
			{X: curve.At(at), Y: 1}, {X: curve.At(at.Add(time.Duration(hours * float64(time.Hour)))), Y: 2}}}}}))
		for _, w := range want {
			if !strings.Contains(got, ">"+w+"<") {
				t.Errorf("%g hours: no tick %s in %s", hours, w, got)
			}
		}
		if n := strings.Count(got, `text-anchor="middle"`); n < 2 || n > 7 {
			t.Errorf("%g hours: %d ticks", hours, n)
		}
	}
}

// Whatever is put in, the picture is small, well-formed and in its bounds.
func TestNothingBreaksThePicture(t *testing.T) {
	noisy := make([]curve.Point, 100_000)
	for i := range noisy {
		noisy[i] = curve.Point{X: float64(i), Y: float64(i * 7919 % 1000)}
	}
	inf, nan := math.Inf(1), math.NaN()
	for name, s := range map[string][]curve.Series{
		"noise":     {{Points: noisy}},
		"steps":     {{Points: noisy, Step: true, Filled: true}},
		"infinite":  {{Points: []curve.Point{{0, 1}, {1, 2}, {2, inf}, {nan, 3}}, Band: []curve.Range{{0, 0, 1}, {1, -inf, inf}, {2, nan, nan}}}},
		"huge":      {{Points: []curve.Point{{0, 1e300}, {1, 1e301}}}},
		"tiny":      {{Points: []curve.Point{{0, 1e-300}, {1, 1e-9}}}},
		"negative":  {{Points: []curve.Point{{0, -5}, {1, -1}}}},
		"flat":      {{Points: []curve.Point{{0, 0}, {1e9, 0}}}},
		"brief":     {{Points: []curve.Point{{0, 0}, {1e-6, 3}}}},
		"hostile":   {{Name: `"><script>x</script>` + strings.Repeat("long", 100), Class: `"><b>`, Points: []curve.Point{{0, 1}, {1, 2}}}},
		"one point": {{Points: []curve.Point{{0, 1}}}},
		"no width":  {{Points: []curve.Point{{5, 1}, {5, 2}}}},
		"none":      nil,
	} {
		for _, log := range []bool{false, true} {
			got := string(curve.SVG(curve.Picture{Label: name, X: curve.Hours, Log: log, Series: s}))
			wellFormed(t, got)
			if drawn := got != ""; drawn == (name == "none" || name == "one point" || name == "no width") {
				t.Errorf("%s: drawn %v", name, drawn)
			}
			if len(got) > 12<<10 || strings.Contains(got, "NaN") || strings.Contains(got, "Inf") || strings.Contains(got, "<script") || strings.Contains(got, "<b>") {
				t.Errorf("%s, log %v: %d bytes: %.2000s", name, log, len(got), got)
			}
		}
	}
}

func TestWhatRunsAwayIsCutOff(t *testing.T) {
	p := curve.Picture{Label: "x", X: curve.Hours, Top: 1000, Series: []curve.Series{{Points: []curve.Point{{0, 1}, {1, 400}}, Band: []curve.Range{{0, 1, 1}, {1, 10, 1e9}}}}}
	if got := string(curve.SVG(p)); strings.Contains(got, "M<") || !strings.Contains(got, ">1000<") {
		t.Errorf("the axis goes beyond the top: %s", got)
	}
	p.Top = 0
	if got := string(curve.SVG(p)); !strings.Contains(got, ">1G<") {
		t.Errorf("the axis does not reach what is shown: %s", got)
	}
}

// A file of its own says what it shows, brings its colours, and holds every series of
// what a page has.
func TestAFileOfItsOwn(t *testing.T) {
	points, band := steady(1)
	p := curve.Picture{Label: "Hosts & more", X: curve.Hours, Log: true, Series: []curve.Series{{Name: "shared", Points: points, Band: band}},
		Notes: []curve.Note{{Point: curve.Point{X: 4, Y: 16}, Title: "alarm <early>"}}}
	got := curve.File(p, "An <outbreak>", "of 10 & more hosts", "simulated")
	wellFormed(t, got)
	inner := string(curve.SVG(p))
	inner = inner[strings.Index(inner, ">")+1 : len(inner)-len("</svg>")]
	for _, want := range []string{`xmlns="http://www.w3.org/2000/svg"`, ">An &lt;outbreak&gt;</title>", ">Hosts &amp; more</desc>", ">of 10 &amp; more hosts</text>", ">simulated</text>",
		"prefers-color-scheme:dark", "<title>alarm &lt;early&gt;</title></circle>", inner} {
		if !strings.Contains(got, want) {
			t.Errorf("the file has no %s:\n%s", want, got)
		}
	}
	if strings.Contains(got, `<text class="note"`) {
		t.Error("a note without words has some")
	}
	if curve.File(curve.Picture{}, "nothing") != "" {
		t.Error("nothing is drawn")
	}
}
