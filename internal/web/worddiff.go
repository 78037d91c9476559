package web

import (
	"regexp"
	"slices"
	"strings"
)

// wordChange is a piece of two texts: in both, only in the first, or only in the second.
type wordChange struct {
	Gone, New bool
	Text      string
}

// wordsAndGaps cuts a text into words, each with the space behind it.
var wordsAndGaps = regexp.MustCompile(`\s+|\S+\s*`)

// maxDiffTable bounds the table of two texts: beyond it the alignMiddle is shown as
// replaced, which is true and less fine.
const maxDiffTable = 2 << 20

// differences says word by word how one text became another.
func differences(before, now string) []wordChange {
	return joinChanges(alignTexts(wordsAndGaps.FindAllString(before, -1), wordsAndGaps.FindAllString(now, -1)))
}

// listDifferences says which texts of a list went and came; nothing if it is the same.
func listDifferences(before, now []string) []wordChange {
	if slices.Equal(before, now) {
		return nil
	}
	shown, room := []wordChange{}, textBudget(firstPageText)
	for _, c := range alignTexts(before, now) {
		if len(shown) < maxPoints && (c.Gone || c.New) {
			c.Text, _ = room.take(c.Text)
			shown = append(shown, c)
		}
	}
	return shown
}

// alignTexts finds a longest common sequence of two lists.
func alignTexts(a, b []string) []wordChange {
	var list []wordChange
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		list = append(list, wordChange{Text: a[start]})
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	list = append(list, alignMiddle(a[start:len(a)-end], b[start:len(b)-end])...)
	for _, text := range a[len(a)-end:] {
		list = append(list, wordChange{Text: text})
	}
	return list
}

func alignMiddle(a, b []string) (list []wordChange) {
	width := len(b) + 1
	var common []uint16 // by places in a and b: the longest common sequence of what follows
	if (len(a)+1)*width <= maxDiffTable {
		common = make([]uint16, (len(a)+1)*width)
		for i := len(a) - 1; i >= 0; i-- {
			for j := len(b) - 1; j >= 0; j-- {
				if a[i] == b[j] {
					common[i*width+j] = common[(i+1)*width+j+1] + 1
				} else {
					common[i*width+j] = max(common[(i+1)*width+j], common[i*width+j+1])
				}
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) && common != nil {
		switch {
		case a[i] == b[j]:
			list = append(list, wordChange{Text: a[i]})
			i, j = i+1, j+1
		case common[(i+1)*width+j] >= common[i*width+j+1]:
			list = append(list, wordChange{Gone: true, Text: a[i]})
			i++
		default:
			list = append(list, wordChange{New: true, Text: b[j]})
			j++
		}
	}
	for _, text := range a[i:] {
		list = append(list, wordChange{Gone: true, Text: text})
	}
	for _, text := range b[j:] {
		list = append(list, wordChange{New: true, Text: text})
	}
	return list
}

// joinChanges puts pieces of one kind together, what went before what came.
func joinChanges(list []wordChange) (out []wordChange) {
	var gone, came strings.Builder
	flush := func() {
		if gone.Len() > 0 {
			out = append(out, wordChange{Gone: true, Text: gone.String()})
		}
		if came.Len() > 0 {
			out = append(out, wordChange{New: true, Text: came.String()})
		}
		gone.Reset()
		came.Reset()
	}
	for _, c := range list {
		switch {
		case c.Gone:
			gone.WriteString(c.Text)
		case c.New:
			came.WriteString(c.Text)
		default:
			flush()
			if n := len(out); n > 0 && !out[n-1].Gone && !out[n-1].New {
				out[n-1].Text += c.Text
			} else {
				out = append(out, c)
			}
		}
	}
	flush()
	return out
}
