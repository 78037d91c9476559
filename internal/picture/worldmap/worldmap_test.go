package worldmap_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/picture/worldmap"
)

// members are the 193 of the United Nations.
const members = `AF AL DZ AD AO AG AR AM AU AT AZ BS BH BD BB BY BE BZ BJ BT BO BA BW BR BN BG BF BI CV KH CM CA CF TD CL CN CO KM CG CD CR CI HR CU CY CZ
KP DK DJ DM DO EC EG SV GQ ER EE SZ ET FJ FI FR GA GM GE DE GH GR GD GT GN GW GY HT HN HU IS IN ID IR IQ IE IL IT JM JP JO KZ KE KI KW KG LA LV LB LS LR
LY LI LT LU MG MW MY MV ML MT MH MR MU MX FM MC MN ME MA MZ MM NA NR NP NL NZ NI NE NG MK NO OM PK PW PA PG PY PE PH PL PT QA KR MD RO RU RW KN LC VC WS
SM ST SA SN RS SC SL SG SK SI SB SO ZA SS ES LK SD SR SE CH SY TJ TH TL TG TO TT TN TR TM TV UG UA AE GB TZ US UY UZ VU VE VN YE ZM ZW`

func wellFormed(t *testing.T, picture string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryCountryCanBeShown(t *testing.T) {
	list := strings.Fields(members)
	if len(list) != 193 {
		t.Fatalf("%d members, want 193", len(list))
	}
	all := map[string]worldmap.Country{}
	for _, code := range append(list, "TW", "PS", "VA", "XK", "HK", "GL", "PR") {
		if worldmap.Name(code) == "" {
			t.Errorf("%s has no name", code)
		}
		got := string(worldmap.SVG(worldmap.Map{Label: "x", Countries: map[string]worldmap.Country{code: {State: "reports", Title: "title of " + code}}}))
		drawn := regexp.MustCompile(`<g class="country reports"><title>title of ` + code + `</title><(path d="M|circle cx=")`)
		if !drawn.MatchString(got) {
			t.Errorf("%s is not drawn", code)
		}
		all[code] = worldmap.Country{State: "reports", Title: "title of " + code, Link: "/?country=" + code, Hatch: true}
	}
	got := string(worldmap.SVG(worldmap.Map{Label: "x", Countries: all}))
	wellFormed(t, got)
	if n := strings.Count(got, "<title>"); n != 200 {
		t.Errorf("%d countries are drawn, want 200", n)
	}
	if quiet := string(worldmap.SVG(worldmap.Map{Label: "x"})); len(quiet) > 32<<10 {
		t.Errorf("the quiet world has %d bytes", len(quiet))
	}
}

func TestACountryCarriesItsWords(t *testing.T) {
	got := string(worldmap.SVG(worldmap.Map{Label: `"two" & more`, Countries: map[string]worldmap.Country{
		"FR": {State: "partners", Title: "France <quiet>"},
		"DE": {State: "reports", Title: strings.Repeat("long ", 100), Link: `/x?a=1&b="`, Hatch: true},
		"ZZ": {State: "reports", Title: "nowhere"}, "": {State: "reports", Title: "nowhere"},
	}}))
	wellFormed(t, got)
	for _, want := range []string{`aria-label="&#34;two&#34; &amp; more"`, "France &lt;quiet&gt;", `<a href="/x?a=1&amp;b=&#34;" tabindex="-1">`, `<g class="country reports" fill="url(#worldmap-hatch)">`} {
		if !strings.Contains(got, want) {
			t.Errorf("the map has no %s", want)
		}
	}
	if strings.Contains(got, "nowhere") || len(got) > 40<<10 {
		t.Errorf("what is no country is shown, or the title is not cut: %d bytes", len(got))
	}
	if strings.Index(got, "France") > strings.Index(got, "long") {
		t.Error("what is hatched lies below what is not")
	}
	if worldmap.Name("ZZ") != "" || worldmap.Name("GB") != "United Kingdom" {
		t.Error("names are not those of the codes")
	}
}

// project is Natural Earth's projection as its paper has it, and the map's scale.
func project(longitude, latitude float64) (x, y float64) {
	l, p := longitude*math.Pi/180, latitude*math.Pi/180
	power := func(n float64) float64 { return math.Pow(p, n) }
	at := func(l, p float64) float64 {
		return l * (0.8707 - 0.131979*power(2) - 0.013791*power(4) + 0.003971*power(10) - 0.001529*power(12))
	}
	up := func(p float64) float64 {
		return p * (1.007226 + 0.015085*math.Pow(p, 2) - 0.044475*math.Pow(p, 6) + 0.028874*math.Pow(p, 8) - 0.005916*math.Pow(p, 10))
	}
	const edge = 0.8707 * math.Pi
	return (edge + at(l, p)) / edge * 1000, (up(83.8*math.Pi/180) - up(p)) / edge * 1000
}

// Towns lie in their countries, and small states are where they are.
func TestCountriesAreWhereTheyAre(t *testing.T) {
	for code, at := range map[string][2]float64{
		"DE": {10, 51}, "FR": {2.3, 47}, "GB": {-1.5, 52.5}, "US": {-98, 39}, "BR": {-50, -12}, "RU": {90, 62}, "CN": {104, 35}, "AU": {134, -25}, "ZA": {24, -30}, "JP": {138.5, 36},
		"IN": {78, 22}, "CA": {-105, 58}, "NO": {9, 61}, "TW": {121, 23.8}, "EG": {29, 27}, "AR": {-65, -34}, "UA": {31, 49}, "CH": {8, 47}, "NZ": {170.5, -44}, "IS": {-18.5, 65}, "GL": {-40, 72}, "NG": {8, 9},
	} {
		x, y := project(at[0], at[1])
		if path := outlineOf(t, code); !inside(path, x, y) {
			t.Errorf("%s: %.0f %.0f is outside its outline", code, x, y)
		}
		if code != "FR" && inside(outlineOf(t, "FR"), x, y) {
			t.Errorf("%s lies in France: the test looks at nothing", code)
		}
	}
	for code, at := range map[string][2]float64{"SG": {103.8, 1.35}, "MT": {14.4, 35.9}, "BH": {50.5, 26}, "MU": {57.5, -20.2}, "AD": {1.5, 42.5}, "TV": {179.2, -8.5}, "LU": {6.1, 49.7}, "GF": {-53, 4}, "XK": {21, 42.6}} {
		got := string(worldmap.SVG(worldmap.Map{Label: "x", Countries: map[string]worldmap.Country{code: {}}}))
		m := regexp.MustCompile(`<circle cx="(\d+)" cy="(\d+)"`).FindStringSubmatch(got)
		if m == nil {
			t.Errorf("%s has no dot", code)
			continue
		}
		x, y := project(at[0], at[1])
		if math.Hypot(number(t, m[1])-x, number(t, m[2])-y) > 5 {
			t.Errorf("%s is at %v, want %.0f %.0f", code, m[1:], x, y)
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// outlineOf reads a country's rings from its path.
func outlineOf(t *testing.T, code string) (rings [][][2]float64) {
	t.Helper()
	got := string(worldmap.SVG(worldmap.Map{Label: "x", Countries: map[string]worldmap.Country{code: {}}}))
	_, rest, found := strings.Cut(got, "</title><path d=\"")
	path, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("%s has no outline", code)
	}
	var x, y float64
	for _, ring := range strings.Split(strings.TrimSuffix(path, "z"), "z") {
		var points [][2]float64
		for i, m := range regexp.MustCompile(`([Mml ]?)(-?\d+)[ ]?(-?\d+)`).FindAllStringSubmatch(ring, -1) {
			if dx, dy := number(t, m[2]), number(t, m[3]); i == 0 && m[1] == "M" {
				x, y = dx, dy
			} else {
				x, y = x+dx, y+dy
			}
			points = append(points, [2]float64{x, y})
		}
		rings = append(rings, points)
		x, y = points[0][0], points[0][1]
	}
	return rings
}

// inside counts the edges to the right.
func inside(rings [][][2]float64, x, y float64) bool {
	in := false
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if (a[1] > y) != (b[1] > y) && x < (b[0]-a[0])*(y-a[1])/(b[1]-a[1])+a[0] {
				in = !in
			}
		}
	}
	return in
}

func BenchmarkSVG(b *testing.B) {
	m := worldmap.Map{Label: "x", Countries: map[string]worldmap.Country{}}
	for _, code := range strings.Fields(members) {
		m.Countries[code] = worldmap.Country{State: "reports", Title: worldmap.Name(code) + ": 12 of 40 partners report it", Link: "/outbreaks/outbreak--1?country=" + code, Hatch: code[0] == 'D'}
	}
	b.ReportAllocs()
	for b.Loop() {
		worldmap.SVG(m)
	}
}
