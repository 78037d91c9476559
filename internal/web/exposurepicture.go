package web

import (
	"html/template"

	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/picture/bars"
)

// exposureState is one of the four that a host can be in, as the picture shows it.
type exposureState struct {
	Class, Sign, Name string
}

// exposureKey is the four, in the order of their parts of a bar.
var exposureKey = []exposureState{
	{"p0", "✓", english.say("exposure.column.patched", nil)},
	{"p1", "!", english.say("exposure.column.exposed", nil)},
	{"p2", "×", english.say("exposure.column.unsupported", nil)},
	{"p3", "?", english.say("exposure.column.unknown", nil)},
}

// exposurePicture is a bar for all and one for each sector. The tables beside it say
// the same in figures.
func exposurePicture(b exposure.Board) template.HTML {
	if b.Counts == nil {
		return ""
	}
	row := func(name string, c exposure.Counts) bars.Row {
		return bars.Row{Name: name, Parts: []int64{c.Patched, c.Exposed, c.Unsupported, c.Unknown}}
	}
	rows := []bars.Row{row(english.say("exposure.picture.all", nil), *b.Counts)}
	for _, part := range b.BySector {
		rows = append(rows, row(casepage.Visible(part.Name), part.Counts))
	}
	signs := make([]string, 0, len(exposureKey))
	for _, one := range exposureKey {
		signs = append(signs, one.Sign)
	}
	says := func(row bars.Row, part int) string {
		return english.say("exposure.picture.part", struct {
			Row, State string
			N          int64
		}{row.Name, exposureKey[part].Name, row.Parts[part]})
	}
	whole := func(sum int64) string { return english.say("exposure.picture.whole", sum) }
	return template.HTML(bars.Shares(rows, signs, english.say("exposure.picture", nil), says, whole)) //nolint:gosec // every text in it is escaped
}
