package knowledge

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// versions knows the latest version of each indicator, so that an older one
// that arrives later changes nothing. Most lie in a sorted file that is read
// where it is asked, not held: millions would not fit beside the index. A
// record is 16 bytes, big-endian: a 64-bit hash of the id, and the version in
// microseconds since 1970. Two ids in ten million share a hash with a chance of
// 1 in 370,000; then an update of one of them may be taken for an old one.
type versions struct {
	base  *os.File // nil: none
	count int64
	fresh map[uint64]int64 // since the base was written
}

const versionSize = 16

func openVersions(path string) (*versions, error) {
	v := &versions{fresh: map[uint64]int64{}}
	if path == "" {
		return v, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size()%versionSize != 0 {
		err = fmt.Errorf("%s has %d bytes, which is no multiple of %d: it is damaged", path, info.Size(), versionSize)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	v.base, v.count = f, info.Size()/versionSize
	return v, nil
}

func keyOf(id string) uint64 { return xxh3.HashString(id) }

// of is the latest version known of an id.
func (v *versions) of(id string) (version int64, known bool, err error) {
	key := keyOf(id)
	if version, known = v.fresh[key]; known || v.count == 0 {
		return version, known, nil
	}
	return v.search(key)
}

// search bisects the file. Keys are hashes, so that a guess by proportion comes
// within a block or two.
func (v *versions) search(key uint64) (int64, bool, error) {
	var block [4096]byte
	const perBlock = int64(len(block) / versionSize)
	low, high := int64(0), v.count // the record is in [low, high)
	lowKey, highKey := uint64(0), ^uint64(0)
	for low < high {
		guess := low + int64(float64(high-low)*(float64(key-lowKey)/(float64(highKey-lowKey)+1)))
		from := min(max(guess-perBlock/2, low), max(high-perBlock, low))
		n, err := v.base.ReadAt(block[:min(perBlock, high-from)*versionSize], from*versionSize)
		if err != nil && n == 0 {
			return 0, false, fmt.Errorf("look up a version: %w", err)
		}
		records := n / versionSize
		at := func(i int) uint64 { return binary.BigEndian.Uint64(block[i*versionSize:]) }
		switch first, last := at(0), at(records-1); {
		case key < first:
			high, highKey = from, first
		case key > last:
			low, lowKey = from+int64(records), last
		default:
			for j := range records {
				if at(j) == key {
					return int64(binary.BigEndian.Uint64(block[j*versionSize+8:])), true, nil
				}
			}
			return 0, false, nil
		}
	}
	return 0, false, nil
}

func (v *versions) set(id string, version time.Time) {
	v.fresh[keyOf(id)] = version.UnixMicro()
}

// write merges what is fresh into a new base file at path. The maps stay as
// they are: the caller opens the new file and drops what went into it.
func (v *versions) write(dir, path string, fresh map[uint64]int64) error {
	keys := slices.SortedFunc(maps.Keys(fresh), cmp.Compare)
	staged, err := atomicfile.Stage(dir, 0o600, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		var old *bufio.Reader
		if v.base != nil {
			old = bufio.NewReaderSize(io.NewSectionReader(v.base, 0, v.count*versionSize), 1<<20)
		}
		var record [versionSize]byte
		next := func() (uint64, bool, error) {
			if old == nil {
				return 0, false, nil
			}
			_, err := io.ReadFull(old, record[:])
			if err == io.EOF {
				return 0, false, nil
			}
			return binary.BigEndian.Uint64(record[:]), err == nil, err
		}
		key, more, err := next()
		for _, k := range keys {
			for ; err == nil && more && key < k; key, more, err = next() {
				if _, err := out.Write(record[:]); err != nil {
					return err
				}
			}
			if err == nil && more && key == k {
				key, more, err = next()
			}
			if err != nil {
				return err
			}
			var one [versionSize]byte
			binary.BigEndian.PutUint64(one[:], k)
			binary.BigEndian.PutUint64(one[8:], uint64(fresh[k]))
			if _, err := out.Write(one[:]); err != nil {
				return err
			}
		}
		for ; err == nil && more; _, more, err = next() {
			if _, err := out.Write(record[:]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		return out.Flush()
	})
	if err == nil {
		err = os.Rename(staged, path)
	}
	if err != nil {
		return fmt.Errorf("write versions: %w", err)
	}
	return nil
}

func (v *versions) close() error {
	if v.base == nil {
		return nil
	}
	return v.base.Close()
}
