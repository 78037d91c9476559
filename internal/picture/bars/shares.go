package bars

import (
	"fmt"
	"html"
	"strings"
)

// Row is a bar that is divided: how much of it each part is.
type Row struct {
	Name  string
	Parts []int64
}

// Measures of divided bars in CSS pixels: the picture is not made smaller with the
// window, so that it can be read on a telephone.
const (
	shareWide = 300.0
	shareTall = 26
	shareRow  = 62   // with the name above its bar
	atLeast   = 3.0  // of a part that is not empty: one host in a million is seen
	legible   = 16.0 // from this width on a part shows its sign
	maxName   = 28   // characters
	maxShares = 40   // rows: a picture of more is not read
)

// Shares is a picture of rows, each a bar of the same length that its parts divide.
// signs has the character that stands in each part, so that none is told by its
// colour alone; a part's class is p0, p1 and so on. caption is for who cannot see it,
// says names a part, and whole is what stands beside a row's name. Rows without
// anything are left out.
func Shares(rows []Row, signs []string, caption string, says func(row Row, part int) string, whole func(sum int64) string) string {
	var b strings.Builder
	y := 0
	for _, row := range rows {
		sum, parts := int64(0), 0
		for _, n := range row.Parts {
			if n > 0 {
				sum, parts = sum+n, parts+1
			}
		}
		if sum == 0 || y == maxShares*shareRow {
			continue
		}
		fmt.Fprintf(&b, `<text x="0" y="%d">%s</text><text class="whole" x="%g" y="%d" text-anchor="end">%s</text>`,
			y+16, html.EscapeString(short(row.Name)), shareWide, y+16, html.EscapeString(whole(sum)))
		from, free := 0.0, shareWide-atLeast*float64(parts)
		for i, n := range row.Parts {
			if n <= 0 {
				continue
			}
			wide := atLeast + free*float64(n)/float64(sum)
			fmt.Fprintf(&b, `<g class="p%d"><title>%s</title><rect x="%.1f" y="%d" width="%.1f" height="%d"/>`,
				i, html.EscapeString(says(row, i)), from, y+24, wide, shareTall)
			if wide >= legible {
				fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, from+wide/2, y+24+18, html.EscapeString(signs[i]))
			}
			b.WriteString(`</g>`)
			from += wide
		}
		y += shareRow
	}
	if y == 0 {
		return ""
	}
	return fmt.Sprintf(`<svg class="shares" viewBox="-1 0 %g %d" width="%g" height="%d" role="img" aria-label="%s">%s</svg>`,
		shareWide+2, y, shareWide+2, y, html.EscapeString(caption), b.String())
}

// short is a name that has room beside the sum.
func short(name string) string {
	if letters := []rune(name); len(letters) > maxName {
		return string(letters[:maxName-1]) + "…"
	}
	return name
}
