package curve

import (
	"math"
	"strconv"
	"strings"
)

// maxPoints is how many points a line has at most.
const maxPoints = 200

// seen leaves out points that lie where the last one does; the first and the
// last stay. What still has too many is drawn more coarsely.
func seen(points []Point) []Point {
	for grain := 0.4; ; grain *= 1.5 {
		list := points[:1:1]
		for _, p := range points[1:] {
			last := list[len(list)-1]
			if math.Abs(p.X-last.X) >= grain || math.Abs(p.Y-last.Y) >= grain {
				list = append(list, p)
			}
		}
		if end := points[len(points)-1]; list[len(list)-1] != end {
			list = append(list, end)
		}
		if len(list) <= maxPoints {
			return list
		}
	}
}

func polyline(points []Point) string {
	var b strings.Builder
	for i, p := range points {
		b.WriteByte("ML"[min(i, 1)])
		b.WriteString(num(p.X))
		b.WriteByte(' ')
		b.WriteString(num(p.Y))
	}
	return b.String()
}

// stairs keeps each count until the next.
func stairs(points []Point) string {
	var b strings.Builder
	b.WriteString("M" + num(points[0].X) + " " + num(points[0].Y))
	for _, p := range points[1:] {
		b.WriteString("H" + num(p.X) + "V" + num(p.Y))
	}
	return b.String()
}

// num is a place to a tenth.
func num(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}
