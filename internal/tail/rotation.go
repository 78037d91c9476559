package tail

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// candidate is a file in the folder of the one that is followed.
type candidate struct {
	path          string
	device, inode uint64
	size          int64
	modified      int64  // ns since 1970
	rotated       bool   // its name is one that rotation gives
	number        int    // of the rotation, the highest is the oldest; -1 if the name has none
	packing       string // ".gz", ".bz2", ".zst" and so on; "" for a plain file
	current       bool   // it has the path that is followed
}

// folder lists the regular files beside path, the one at path last. If path is a
// symbolic link, those beside what it points to are among them.
func folder(path string) ([]candidate, error) {
	names := []string{path}
	if target, err := filepath.EvalSymlinks(path); err == nil && target != path {
		names = append(names, target)
	}
	current, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []candidate
	listed := map[string]bool{}
	for _, name := range names {
		dir := filepath.Dir(name)
		if listed[dir] {
			continue
		}
		listed[dir] = true
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || current != nil && os.SameFile(info, current) {
				continue // a name may be gone since it was listed
			}
			c := candidate{path: filepath.Join(dir, e.Name()), size: info.Size(), modified: info.ModTime().UnixNano()}
			c.device, c.inode = identity(info)
			c.number, c.packing, c.rotated = rotation(filepath.Base(name), e.Name())
			all = append(all, c)
		}
	}
	if current != nil && current.Mode().IsRegular() {
		c := candidate{path: path, size: current.Size(), modified: current.ModTime().UnixNano(), number: -1, current: true}
		c.device, c.inode = identity(current)
		all = append(all, c)
	}
	return all, nil
}

var packings = []string{".gz", ".bz2", ".zst", ".xz", ".lz4", ".lzma", ".Z", ".zip"}

// rotation says whether a name is one that a rotation gives to base: "eve.json.1",
// "eve.json-20260101.gz", "eve.json.old", and for "dns.log" also
// "dns-26-01-01_00.00.00.log" and "dns.1.log".
func rotation(base, name string) (number int, packing string, ok bool) {
	plain := name
	for _, p := range packings {
		if cut, found := strings.CutSuffix(name, p); found {
			plain, packing = cut, p
			break
		}
	}
	key, ok := strings.CutPrefix(plain, base)
	if !ok {
		ext := filepath.Ext(base)
		if key, ok = strings.CutPrefix(plain, strings.TrimSuffix(base, ext)); ok {
			key, ok = strings.CutSuffix(key, ext)
		}
	}
	if !ok || key == "" || !strings.ContainsRune(".-_", rune(key[0])) {
		return -1, packing, false
	}
	key = key[1:]
	if n, err := strconv.ParseUint(key, 10, 16); err == nil && len(key) <= 4 {
		return int(n), packing, true // more digits are a date
	}
	dated := strings.ContainsAny(key, "0123456789") && strings.Trim(key, "0123456789.-_:+TZ") == ""
	return -1, packing, dated || key == "old" || key == "prev"
}

// successors are the rotations that came after a file, the oldest first, and
// then the file that has the path, if that is another. If the file itself is
// not there any more, packed or copied neither, they are those that were written
// to later. found says that it is there itself.
func successors(all []candidate, of *origin) (list []candidate, found bool) {
	plain := map[string]bool{}
	for _, c := range all {
		plain[c.path] = true
	}
	for _, c := range all {
		// One that is just being packed is still there as it was.
		if c.rotated && (c.packing == "" || !plain[strings.TrimSuffix(c.path, c.packing)]) {
			list = append(list, c)
		}
	}
	inOrder(list)
	at := slices.IndexFunc(list, of.is)
	found = at >= 0
	if at < 0 && of.head.length > 0 {
		at = slices.IndexFunc(list, of.copied)
	}
	if at >= 0 {
		list = list[at+1:]
	} else {
		list = slices.DeleteFunc(list, func(c candidate) bool { return c.modified <= of.modified })
	}
	if n := len(all); n > 0 && all[n-1].current && !of.is(all[n-1]) {
		list = append(list, all[n-1])
	}
	return list, found
}

// copied says whether a file begins as one did that was read. A copy has a later
// time, or the same to the second.
func (o *origin) copied(c candidate) bool {
	if c.modified < o.modified-int64(time.Second) {
		return false
	}
	s, err := open(c)
	if err != nil {
		return false
	}
	same := o.head.begins(s.head.bytes)
	return s.file.Close() == nil && same
}

// inOrder has the oldest rotation first.
func inOrder(list []candidate) {
	numbered := !slices.ContainsFunc(list, func(c candidate) bool { return c.number < 0 })
	slices.SortFunc(list, func(a, b candidate) int {
		if numbered && a.number != b.number {
			return b.number - a.number
		}
		return cmp.Or(cmp.Compare(a.modified, b.modified), cmp.Compare(b.number, a.number), strings.Compare(a.path, b.path))
	})
}
