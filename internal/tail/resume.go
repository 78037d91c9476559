package tail

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"time"
)

// start begins with the file that has the path.
func (f *File) start() error {
	all, err := folder(f.path)
	if err != nil {
		return err
	}
	if len(all) == 0 || !all[len(all)-1].current {
		return fs.ErrNotExist
	}
	s, err := open(all[len(all)-1])
	if err != nil {
		return err
	}
	f.adopt(s, 0, 0, nil)
	return nil
}

// resume goes on at a position, in whatever file that is by now.
func (f *File) resume(from Position) error {
	f.from = from
	all, err := folder(f.path)
	if err != nil {
		return err
	}
	was := origin{
		device: from.Device, inode: from.Inode, at: from.Offset, size: from.Size, modified: from.Modified,
		head: head{length: from.HeadLength, digest: from.Head},
	}
	if s, preamble := f.find(all, &was); s != nil {
		line := from.Line
		if s.at < from.Offset {
			f.tell(Truncated, s.name, 0, "it was cut to %d bytes, %d had been read: reading goes on at its end", s.at, from.Offset)
		}
		f.adopt(s, s.at, line, preamble)
		return nil
	}
	if from.HeadLength > 0 {
		missing := cmp.Or(max(0, from.Size-from.Offset), -1)
		f.tell(Gone, f.path, missing, "of the file that was read to byte %d (line %d) nothing is left to be read: at least %d bytes of it are missing, and what was written to it after %s",
			from.Offset, from.Line, max(0, from.Size-from.Offset), time.Unix(0, from.Modified).UTC().Format(time.RFC3339))
	}
	f.prev = origin{modified: from.Modified} // its inode may be another file's
	f.list(true)
	return nil
}

// find opens the file that was read, at the next byte: under whatever name, or
// else a copy of it, plain or packed. Without a head it cannot be known.
func (f *File) find(all []candidate, was *origin) (*source, []byte) {
	if was.head.length == 0 {
		return nil, nil
	}
	list := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		return !was.is(c) && !c.rotated && !c.current
	})
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(strconv.FormatBool(was.is(b)), strconv.FormatBool(was.is(a))), cmp.Compare(strconv.FormatBool(a.packing != ""), strconv.FormatBool(b.packing != "")),
			cmp.Compare(b.size, a.size), cmp.Compare(b.modified, a.modified))
	})
	for _, c := range list {
		if c.packing == "" && c.size < int64(was.head.length) {
			continue
		}
		s, err := open(c)
		if errors.Is(err, errPacking) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			f.say(err)
			continue
		}
		if was.head.begins(s.head.bytes) {
			offset := was.at
			if s.packed == nil && s.size < offset && was.head.length == HeadSize && was.is(c) {
				offset = s.size
			}
			preamble, err := s.skip(offset)
			if err == nil {
				return s, preamble
			}
		}
		f.drop(s)
	}
	return nil, nil
}
