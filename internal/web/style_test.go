package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Text and what has a meaning stand out from their ground in both schemes:
// WCAG 2.2, success criteria 1.4.3 (4.5 : 1) and 1.4.11 (3 : 1).
func TestContrast(t *testing.T) {
	for scheme, colours := range palette(t) {
		for _, pair := range []struct {
			needed       float64
			front, backs string
		}{
			{4.5, "ink", "ground panel alarm-ground must-ground needs-ground past-ground"},
			{4.5, "soft", "ground panel alarm-ground must-ground needs-ground past-ground"},
			{4.5, "accent", "ground panel alarm-ground must-ground needs-ground past-ground"},
			{4.5, "alarm", "ground panel alarm-ground past-ground"},
			{4.5, "must", "ground panel must-ground past-ground"},
			{4.5, "needs", "ground panel needs-ground"},
			{3, "control", "ground panel past-ground"},
			{4.5, "series1", "ground panel alarm-ground"},
			{4.5, "series2", "ground panel alarm-ground"},
			{4.5, "series3", "ground panel alarm-ground"},
			{4.5, "series4", "ground panel alarm-ground"},
		} {
			for back := range strings.FieldsSeq(pair.backs) {
				got := contrast(t, colours[pair.front], colours[back])
				if got < pair.needed {
					t.Errorf("%s: %s on %s has %.2f : 1, want %.1f", scheme, pair.front, back, got, pair.needed)
				}
			}
		}
	}
	if got := contrast(t, "#777777", "#ffffff"); fmt.Sprintf("%.2f", got) != "4.48" {
		t.Errorf("#777 on white has %.2f : 1, want the well-known 4.48", got)
	}
}

// A colour is written once, in light and in dark; so a scheme that the reader chose
// is the one that the system would have had.
func TestTheChosenSchemeIsTheSystems(t *testing.T) {
	sheet := string(styles())
	for _, scheme := range choices["theme"][1:] {
		if want := ":root[data-theme=" + scheme + "]{color-scheme:" + scheme + "}"; !strings.Contains(sheet, want) {
			t.Errorf("the style sheet has no %s", want)
		}
	}
	for _, other := range []string{"prefers-color-scheme", "data-theme"} {
		if rest := strings.ReplaceAll(strings.ReplaceAll(sheet, ":root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark}", ""), ":root,:root[data-theme]{color-scheme:light}", ""); strings.Contains(strings.ReplaceAll(rest, "(data-theme)", ""), other) {
			t.Errorf("the style sheet has rules of its own for %s: give the colour a light-dark() in base.css", other)
		}
	}
}

// palette is the custom properties that are colours, in each scheme.
func palette(t *testing.T) map[string]map[string]string {
	t.Helper()
	light, dark := map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+):light-dark\((#[0-9a-f]{3,8}),(#[0-9a-f]{3,8})\)`).FindAllStringSubmatch(string(styles()), -1) {
		if _, again := light[m[1]]; again {
			t.Errorf("the colour %s is written twice", m[1])
		}
		light[m[1]], dark[m[1]] = m[2], m[3]
	}
	if len(light) == 0 {
		t.Fatal("the style sheet has no colours")
	}
	return map[string]map[string]string{"light": light, "dark": dark}
}

func contrast(t *testing.T, front, back string) float64 {
	t.Helper()
	a, b := luminance(t, front), luminance(t, back)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// luminance is WCAG 2.2's relative luminance of an sRGB colour.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	digits := strings.TrimPrefix(colour, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) != 6 {
		t.Fatalf("colour %q: %v", colour, err)
	}
	linear := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}
