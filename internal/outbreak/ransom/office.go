package ransom

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Office yields n records of benign file activity in an office of 300 hosts, a
// working day's 100,000 or so a time, until yield is false. It is made up, from
// what is known of how such programs write, and says less than the recorded tools
// do. One of its programs renames incoming files of three kinds to ".booked", many
// in one go: that is rightly expected to be found, once, and is then to be named
// in Config.Known. Half of the hosts' records name the process,
// the others' are of SMB clients.
func Office(seed uint64, n int, yield func(Act) bool) {
	r := rand.New(rand.NewPCG(seed, 2))
	at := recordedFrom
	for left := n; left > 0; {
		host := r.IntN(300)
		h := netip.AddrFrom4([4]byte{10, 1, byte(host >> 8), byte(host)})
		habit := officeHabits[r.IntN(len(officeHabits))]
		actor := ""
		if host%2 == 0 {
			actor = fmt.Sprintf(`C:\Program Files\Example\%s.exe#%d`, habit.name, 1000+host)
		}
		folder := fmt.Sprintf(`C:\Users\user%d\Documents\%d`, host, r.IntN(40))
		for _, a := range habit.acts(r, folder) {
			if left--; left < 0 {
				return
			}
			at = at.Add(time.Duration(r.ExpFloat64() * 0.3 * float64(time.Second)))
			a.Host, a.Actor, a.At = h, actor, at
			if !yield(a) {
				return
			}
		}
	}
}

// officeHabits are what programs do in one go, each with what it leaves.
var officeHabits = []struct {
	name string
	acts func(r *rand.Rand, folder string) []Act
}{
	{"word", func(r *rand.Rand, f string) []Act {
		to := fmt.Sprintf(`%s\Report %d.%s`, f, r.IntN(50), victims[r.IntN(4)])
		temporary, former := fmt.Sprintf(`%s\%08X.tmp`, f, r.Uint32()), fmt.Sprintf(`%s\~WRL%04d.tmp`, f, r.IntN(1e4))
		return []Act{{Path: f + `\~$port.docx`}, {Path: temporary}, {From: to, Path: former}, {From: temporary, Path: to}, {Path: former, Gone: true}, {Path: f + `\~$port.docx`, Gone: true}}
	}},
	{"browser", func(r *rand.Rand, f string) []Act {
		to := fmt.Sprintf(`%s\download %d.%s`, f, r.IntN(1e4), victims[r.IntN(len(victims))])
		return []Act{{Path: to + ".crdownload"}, {From: to + ".crdownload", Path: to}, {Path: to + ":Zone.Identifier"}}
	}},
	{"sync", func(r *rand.Rand, f string) (acts []Act) { // a client of a cloud, writing beside and renaming
		for i := range 5 + r.IntN(60) {
			to := fmt.Sprintf(`%s\%d\Shared %d.%s`, f, i/8, i, victims[r.IntN(len(victims))])
			hidden := fmt.Sprintf(`%s\%d\.Shared %d.%s.~%06x`, f, i/8, i, victims[r.IntN(len(victims))], r.IntN(1<<24))
			acts = append(acts, Act{Path: hidden}, Act{From: hidden, Path: to})
		}
		return acts
	}},
	{"build", func(r *rand.Rand, f string) (acts []Act) {
		for i := range 5 + r.IntN(80) {
			unit := fmt.Sprintf(`%s\src\%d\unit%d.cpp`, f, i/9, i)
			acts = append(acts, Act{Path: unit + ".obj"}, Act{Path: unit + ".obj.enc.d"}, Act{Path: unit + ".tlog"})
		}
		return acts
	}},
	{"camera", func(r *rand.Rand, f string) (acts []Act) {
		for i := range 5 + r.IntN(80) {
			picture := fmt.Sprintf(`%s\2017-05-%02d\IMG_%04d.%s`, f, 1+i/20, i, []string{"jpg", "cr2", "mov"}[r.IntN(3)])
			acts = append(acts, Act{Path: picture}, Act{Path: picture + ".xmp"})
		}
		return acts
	}},
	{"cad", func(r *rand.Rand, f string) []Act {
		drawing := fmt.Sprintf(`%s\plan %d`, f, r.IntN(40))
		return []Act{{Path: drawing + ".sv$"}, {From: drawing + ".dwg", Path: drawing + ".bak"}, {Path: drawing + ".dwg"}, {Path: drawing + ".dwl2"}, {Path: drawing + ".dwl2", Gone: true}}
	}},
	{"ledger", func(r *rand.Rand, f string) (acts []Act) { // a program of the trade, that marks what it has booked
		for i := range 5 + r.IntN(60) {
			in := fmt.Sprintf(`%s\in\%d\order %d.%s`, f, i/10, i, []string{"csv", "xml", "pdf"}[r.IntN(3)])
			acts = append(acts, Act{From: in, Path: in + ".booked"}, Act{Path: fmt.Sprintf(`%s\out\%d\order %d.q4l`, f, i/10, i)})
		}
		return acts
	}},
	{"photos", func(r *rand.Rand, f string) (acts []Act) { // previews in each folder
		for i := range 2 + r.IntN(20) {
			acts = append(acts, Act{Path: fmt.Sprintf(`%s\album %d\Thumbs.db`, f, i)}, Act{Path: fmt.Sprintf(`%s\album %d\desktop.ini`, f, i)})
		}
		return acts
	}},
	{"report", func(r *rand.Rand, f string) (acts []Act) { // pages of one name, each with its pictures
		for i := range 2 + r.IntN(20) {
			for _, name := range []string{"result.html", "a.png", "b.png", "c.css"} {
				acts = append(acts, Act{Path: fmt.Sprintf(`%s\run %d\%s`, f, i, name)})
			}
		}
		return acts
	}},
}
