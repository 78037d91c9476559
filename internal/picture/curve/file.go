package curve

import (
	"fmt"
	"html"
	"strings"
)

// fileStyle is what the pages' style sheet says of curves, for a file that has none:
// colours of similar weight in light and dark.
const fileStyle = `<style>
.curve{--ground:#fcfcfb;--ink:#1f2430;--soft:#6b7280;--line:#e4e5e8;--s1:#b4443c;--s2:#b0600f;--s3:#84721a;--s4:#3f7f5f;--s5:#2563a8;font-family:system-ui,-apple-system,"Segoe UI",sans-serif}
@media (prefers-color-scheme:dark){.curve{--ground:#15181e;--ink:#e7e9ee;--soft:#9aa1ad;--line:#2b303a;--s1:#ef8a80;--s2:#eca35c;--s3:#d6c25c;--s4:#7fc7a2;--s5:#7fb2ee}}
.ground{fill:var(--ground)}text{fill:var(--soft);font-size:12px}text.title{fill:var(--ink);font-size:18px;font-weight:600}path{fill:none}.rule{stroke:var(--line)}
.s1{--s:var(--s1)}.s2{--s:var(--s2)}.s3{--s:var(--s3)}.s4{--s:var(--s4)}.s5{--s:var(--s5)}
.line{stroke:var(--s);stroke-width:2;stroke-linejoin:round}.s2 .line{stroke-dasharray:8 3}.s3 .line{stroke-dasharray:2 3}.s4 .line{stroke-dasharray:10 3 2 3}.s5 .line{stroke-dasharray:5 5}
.area,.band{fill:var(--s);fill-opacity:.13}text.name{fill:var(--s);font-weight:600}path.mark{stroke:var(--ink);stroke-dasharray:3 3}text.mark,text.note{fill:var(--ink)}circle.note{fill:var(--ground);stroke:var(--ink);stroke-width:2}
</style>
`

// Measures above the curves of a file.
const (
	headHigh = 44 // of the title
	margin   = 16
)

// File is the picture as a file of its own: a title and lines of words above it, its
// Label as the description, its colours for light and dark. It needs nothing from
// outside. It is empty if there is nothing to draw.
func File(p Picture, title string, lines ...string) string {
	f, drawable := frameOf(p)
	if !drawable {
		return ""
	}
	head := headHigh + len(lines)*(lineHeight+3)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="curve" viewBox="0 0 %d %d" role="img" aria-labelledby="curve-title curve-desc">`+"\n", f.Width+2*margin, head+f.Height+margin)
	fmt.Fprintf(&b, `<title id="curve-title">%s</title>`+"\n"+`<desc id="curve-desc">%s</desc>`+"\n", html.EscapeString(title), html.EscapeString(f.Label))
	b.WriteString(fileStyle)
	fmt.Fprintf(&b, `<rect class="ground" width="%d" height="%d" rx="8"/>`+"\n", f.Width+2*margin, head+f.Height+margin)
	fmt.Fprintf(&b, `<text class="title" x="%d" y="34">%s</text>`+"\n", margin, html.EscapeString(title))
	for i, line := range lines {
		fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", margin, headHigh+10+i*(lineHeight+3), html.EscapeString(line))
	}
	fmt.Fprintf(&b, `<g transform="translate(%d %d)">`, margin, head)
	f.body(&b)
	b.WriteString("</g></svg>\n")
	return b.String()
}
