package ransom

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// behaviours are those of Score: WannaCry's as its descriptions have it, its
// speeds, and what other families are known to do, or might to escape the rule.
func behaviours() []Behaviour {
	const (
		processes = "each process turns one file; records of a client over SMB, or of a host whose sensor names no process, would show it"
		habit     = "it is what backups are called, and what people rename to"
		archivers = "the records are an archiver's"
		kinds     = "each file has an extension of its own"
		inPlace   = "the names stay, and the note stands between files that were written"
		oneFolder = "one folder; with 3 folders asked for, a flat share is missed"
		slow      = "20 files take longer than the window"
	)
	list := []Behaviour{
		{Name: "WannaCry, as SMB or the kernel tells", Expect: true, rate: 10, file: wannaCry, last: wannaCryNotes},
		{Name: "WannaCry, as Sysmon tells: no renames", Expect: true, rate: 10, file: withoutRenames(wannaCry), last: wannaCryNotes},
		{Name: "WannaCry, as Sysmon tells that shows no removals either", Expect: true, rate: 10, file: madeOnly(wannaCry), last: wannaCryNotes},
	}
	for _, rate := range []float64{100, 10, 1, 0.5, 0.35} {
		list = append(list, Behaviour{Name: fmt.Sprintf("extension put behind, %g files a second", rate), Expect: true, rate: rate, file: appended(".locked")})
	}
	return append(list,
		Behaviour{Name: "extension put behind, 0.2 files a second", Remark: slow, rate: 0.2, file: appended(".locked")},
		Behaviour{Name: "name replaced by chance, one extension", Expect: true, rate: 10, file: func(r *rand.Rand, _ int, path string) []Act {
			return []Act{{From: path, Path: fmt.Sprintf(`%s\%016x.q7x9`, parent(path), r.Uint64())}}
		}},
		Behaviour{Name: "extension replaced: new file, old one removed", Expect: true, rate: 10, file: func(_ *rand.Rand, _ int, path string) []Act {
			return []Act{{Path: path[:strings.LastIndexByte(path, '.')] + ".q7x9"}, {Path: path, Gone: true}}
		}},
		Behaviour{Name: "victim's number and address between", Expect: true, rate: 10, file: appended(".id-1A2B3C4D.[x@mail.example].q7x9")},
		Behaviour{Name: "one file in ten encrypted, others opened and saved", Expect: true, rate: 10, file: func(r *rand.Rand, i int, path string) []Act {
			if i%10 != 0 {
				return []Act{{Path: path}}
			}
			return appended(".locked")(r, i, path)
		}},
		Behaviour{Name: ".zip put behind by renaming", Expect: true, rate: 10, file: appended(".zip")},
		Behaviour{Name: ".zip made, original removed", Remark: archivers, rate: 10, file: func(_ *rand.Rand, _ int, path string) []Act {
			return []Act{{Path: path + ".zip"}, {Path: path, Gone: true}}
		}},
		Behaviour{Name: ".bak put behind by renaming", Remark: habit, rate: 10, file: appended(".bak")},
		Behaviour{Name: "each file another extension, with a note", Expect: true, rate: 10, file: eachAnother, last: note},
		Behaviour{Name: "each file another extension, no note", Remark: kinds, rate: 10, file: eachAnother},
		Behaviour{Name: "in place, with a note, writing not shown", Expect: true, rate: 10, file: func(*rand.Rand, int, string) []Act { return nil }, last: note},
		Behaviour{Name: "in place, with a note, writing shown", Remark: inPlace, rate: 10, file: func(_ *rand.Rand, _ int, path string) []Act { return []Act{{Path: path}} }, last: note},
		Behaviour{Name: "a process for each file", Remark: processes, rate: 10, file: func(_ *rand.Rand, i int, path string) []Act {
			return []Act{{From: path, Path: path + ".locked", Actor: fmt.Sprintf(`C:\x.exe#%d@ws-07.example`, 1000+i)}}
		}},
		Behaviour{Name: "folders of 300 files", Expect: true, rate: 10, file: appended(".locked"), folder: 300},
		Behaviour{Name: "all files in one folder", Remark: oneFolder, rate: 10, file: appended(".locked"), folder: victimFiles},
	)
}

func parent(path string) string { return path[:strings.LastIndexByte(path, '\\')] }

func appended(extension string) func(*rand.Rand, int, string) []Act {
	return func(_ *rand.Rand, _ int, path string) []Act { return []Act{{From: path, Path: path + extension}} }
}

// wannaCry writes a copy that is encrypted, gives it its last name, and removes
// the original (FireEye, "WannaCry Malware Profile", 2017; from memory).
func wannaCry(_ *rand.Rand, _ int, path string) []Act {
	return []Act{{Path: path + ".WNCRYT"}, {From: path + ".WNCRYT", Path: path + ".WNCRY"}, {Path: path, Gone: true}}
}

func wannaCryNotes(_ *rand.Rand, _ int, folder string) []Act {
	return []Act{{Path: folder + `\@Please_Read_Me@.txt`}, {Path: folder + `\@WanaDecryptor@.exe.lnk`}}
}

func withoutRenames(file func(*rand.Rand, int, string) []Act) func(*rand.Rand, int, string) []Act {
	return only(file, func(a Act) bool { return a.From == "" })
}

func madeOnly(file func(*rand.Rand, int, string) []Act) func(*rand.Rand, int, string) []Act {
	return only(file, func(a Act) bool { return a.From == "" && !a.Gone })
}

func only(file func(*rand.Rand, int, string) []Act, is func(Act) bool) func(*rand.Rand, int, string) []Act {
	return func(r *rand.Rand, i int, path string) (kept []Act) {
		for _, a := range file(r, i, path) {
			if is(a) {
				kept = append(kept, a)
			}
		}
		return kept
	}
}

func eachAnother(r *rand.Rand, _ int, path string) []Act {
	return []Act{{From: path, Path: fmt.Sprintf("%s.%c%c%04x", path, 'g'+rune(r.IntN(20)), 'g'+rune(r.IntN(20)), r.IntN(1<<16))}}
}

func note(_ *rand.Rand, _ int, folder string) []Act {
	return []Act{{Path: folder + `\HOW_TO_RECOVER.txt`}}
}
