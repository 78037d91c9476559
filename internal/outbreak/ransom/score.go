package ransom

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Behaviour is a way to encrypt, as records of it say: what is done to one file,
// and what besides. Nothing is done to any file; records alone are made.
type Behaviour struct {
	Name   string
	Expect bool // it is meant to be found; else Remark says why it is not
	Remark string

	rate   float64                                        // files a second
	file   func(r *rand.Rand, i int, path string) []Act   // what is done to a file
	last   func(r *rand.Rand, i int, folder string) []Act // what is done when a folder is finished
	folder int                                            // files in each; 0 is 1 to 40
}

// Detected is how a behaviour was found, over the seeds.
type Detected struct {
	Behaviour
	Seeds, Found int
	Files        [2]int           // encrypted until found, of those found: median, and 95 of 100
	After        [2]time.Duration // likewise, since the first file
}

// Score plays each behaviour on 2,000 files of 14 kinds in folders of 1 to 40,
// with as many seeds as are asked for, and says how many files were encrypted
// before the first finding.
func Score(cfg Config, seeds int) []Detected {
	all := behaviours()
	list := make([]Detected, 0, len(all))
	for _, b := range all {
		out := Detected{Behaviour: b, Seeds: seeds}
		var files []int
		var after []time.Duration
		for seed := range seeds {
			if n, t, ok := b.play(New(cfg), uint64(seed)); ok {
				files, after = append(files, n), append(after, t)
			}
		}
		slices.Sort(files)
		slices.Sort(after)
		if out.Found = len(files); out.Found > 0 {
			most := (out.Found*95 - 1) / 100
			out.Files, out.After = [2]int{files[out.Found/2], files[most]}, [2]time.Duration{after[out.Found/2], after[most]}
		}
		list = append(list, out)
	}
	return list
}

// victims are the extensions of those who are attacked.
var victims = [...]string{"docx", "xlsx", "pptx", "pdf", "jpg", "png", "txt", "csv", "zip", "mp3", "mdb", "psd", "msg", "dwg"}

const (
	victimFiles  = 2000
	victimActor  = `C:\ProgramData\example\tasksche.exe#4711@ws-07.example`
	victimFolder = `C:\Users\someone\Documents`
)

// play feeds the behaviour's records until a finding, and returns how many files
// were encrypted by then.
func (b *Behaviour) play(d *Detector, seed uint64) (files int, after time.Duration, found bool) {
	r := rand.New(rand.NewPCG(seed, 1))
	at, host := recordedFrom, netip.MustParseAddr("192.0.2.7")
	do := func(acts []Act) {
		for _, a := range acts {
			if a.Actor == "" {
				a.Actor = victimActor
			}
			a.Host, a.At = host, at
			d.Act(a)
		}
	}
	folder, left := "", 0
	for i := range victimFiles {
		if left == 0 {
			folder, left = fmt.Sprintf(`%s\%d`, victimFolder, i), cmp.Or(b.folder, 1+int(40*r.Float64()*r.Float64()))
		}
		do(b.file(r, i, fmt.Sprintf(`%s\File %d.%s`, folder, i, victims[r.IntN(len(victims))])))
		if left--; left == 0 && b.last != nil {
			do(b.last(r, i, folder))
		}
		if d.Take() != nil {
			return i + 1, at.Sub(recordedFrom), true
		}
		at = at.Add(time.Duration((0.5 + r.Float64()) / b.rate * float64(time.Second)))
	}
	return 0, 0, false
}
