package warninglist

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	fileName   = "list.json"
	maxFile    = 128 << 20 // bytes of one list
	maxEntries = 8_000_000 // of all lists
	maxTitle   = 200       // bytes of a list's name that are kept
	firstFew   = 20
)

// Problem is an entry, or a whole list, that says nothing.
type Problem struct {
	List  string // its folder
	Entry string // shortened; empty: the whole list
	What  string
}

// Problems counts what was read and what could not be.
type Problems struct {
	Lists   int       // read
	Entries int       // read, junk among them
	Junk    int       // entries that say nothing
	Broken  []string  // folders of lists that could not be read at all
	First   []Problem // the first few of both
}

// Any says whether anything was left out.
func (p Problems) Any() bool { return p.Junk > 0 || len(p.Broken) > 0 }

// String sums up, in one line.
func (p Problems) String() string {
	text := fmt.Sprintf("%d lists with %d entries read; %d entries say nothing, %d lists could not be read", p.Lists, p.Entries, p.Junk, len(p.Broken))
	if len(p.First) > 0 {
		first := p.First[0]
		text += fmt.Sprintf("; the first: %s %q: %s", first.List, first.Entry, first.What)
	}
	return text
}

func (p *Problems) note(list, entry string, err error) {
	if len(p.First) < firstFew {
		p.First = append(p.First, Problem{list, entry[:min(len(entry), 60)], err.Error()})
	}
}

// file is a warninglist as MISP writes it (schema.json of its repository).
type file struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Matching []string `json:"matching_attributes"`
	List     []string `json:"list"`
}

// Load reads the warninglists of a folder: NAME/list.json each, in the folder
// itself or in its lists/, as in MISP's repository. A list that cannot be read and
// entries that say nothing are told in the Problems, and the others hold. It is an
// error if the folder cannot be read, or no list in it can.
func Load(dir string) (*Lists, Problems, error) {
	files, err := find(dir)
	if err != nil {
		return nil, Problems{}, fmt.Errorf("read warning lists: %w", err)
	}
	l, problems := &Lists{}, Problems{}
	for _, f := range files {
		list, err := read(f.path)
		if err == nil {
			err = l.take(f.folder, list, &problems)
		}
		if err != nil {
			problems.Broken = append(problems.Broken, f.folder)
			problems.note(f.folder, "", err)
		}
	}
	if problems.Lists == 0 {
		return nil, problems, fmt.Errorf("read warning lists: %s: no NAME/%s in it can be read", dir, fileName)
	}
	l.texts.trim()
	return l, problems, nil
}

// take reads the entries of one list.
func (l *Lists) take(folder string, from file, problems *Problems) error {
	if !slices.Contains([]string{typeCIDR, typeRegex, "string", "hostname", "substring"}, from.Type) {
		return fmt.Errorf("its type %q is not one of cidr, string, hostname, substring and regex", from.Type)
	}
	if len(l.names) >= maxLists {
		return fmt.Errorf("there are more than %d lists", maxLists)
	}
	if problems.Entries+len(from.List) > maxEntries {
		return fmt.Errorf("with its %d entries the lists have more than %d", len(from.List), maxEntries)
	}
	number, meaning, types := uint16(len(l.names)), MeaningOf(folder), typesOf(from.Matching)
	l.names = append(l.names, label{folder, from.Name[:min(len(from.Name), maxTitle)]})
	problems.Lists++
	problems.Entries += len(from.List)
	for _, entry := range from.List {
		var err error
		if from.Type == typeRegex {
			err = l.addRegex(entry, types, number)
		} else {
			err = l.add(entry, from.Type, number, meaning)
		}
		if err != nil {
			problems.Junk++
			problems.note(folder, entry, err)
		}
	}
	return nil
}

// found is a list's file, and how it was the last time.
type found struct {
	folder, path string
	modified     int64 // nanoseconds since 1970
	size         int64
}

// find gives the lists of a folder in the order of their names.
func find(dir string) ([]found, error) {
	if sub := filepath.Join(dir, "lists"); isDir(sub) {
		dir = sub
	}
	folders, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, err
	}
	var files []found
	for _, folder := range folders {
		path := filepath.Join(dir, folder.Name(), fileName)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || !isDir(filepath.Dir(path)) {
			continue
		}
		f := found{folder: folder.Name(), path: path}
		if err == nil {
			f.modified, f.size = info.ModTime().UnixNano(), info.Size()
		}
		files = append(files, f)
	}
	return files, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func read(path string) (file, error) {
	f, err := os.Open(path)
	if err != nil {
		return file{}, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return file{}, errors.Join(err, fmt.Errorf("%s is no regular file", path))
	}
	return decode(f)
}

func decode(r io.Reader) (list file, err error) {
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	err = json.UnmarshalRead(limited, &list, jsontext.AllowDuplicateNames(true))
	if limited.N <= 0 {
		return file{}, fmt.Errorf("it has more than %d bytes", int64(maxFile))
	}
	return list, err
}
