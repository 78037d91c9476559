package knowledge

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// versions knows what is told of each indicator, so that an older version that
// arrives later changes nothing, and what one partner takes back ends only what
// that partner said. Most lies in a sorted file that is read where it is asked, not
// held: millions would not fit beside the index. A record is 40 bytes, big-endian:
// a 64-bit hash of the id, and a telling: the version in microseconds since 1970,
// the hash of the contribution, the end of its validity, the hash of its pattern. An
// id has up to maxTellings records, in the order in which they were told; one whose
// version is withdrawn says that all was taken back. Two ids in ten million share a
// hash with a chance of 1 in 370,000; then an update of one of them may be taken for
// an old one.
type versions struct {
	base  *os.File // nil: none
	size  int64    // of a record of base
	count int64
	fresh map[uint64]tellings // of these ids all that is told, since the base was written
}

const (
	recordSize = 40
	narrowSize = 16 // of an older release: the hash of the id, and the newest version
	// withdrawn is the version of what was taken back: older than any other.
	withdrawn = math.MinInt64
)

func openVersions(path string, size int64) (*versions, error) {
	v := &versions{size: size, fresh: map[uint64]tellings{}}
	if path == "" {
		return v, nil
	}
	if size != recordSize && size != narrowSize {
		return nil, fmt.Errorf("%s is said to have records of %d bytes: it is damaged", path, size)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size()%size != 0 {
		err = fmt.Errorf("%s has %d bytes, which is no multiple of %d: it is damaged", path, info.Size(), size)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	v.base, v.count = f, info.Size()/size
	return v, nil
}

func keyOf(id string) uint64 { return xxh3.HashString(id) }

// of is what is told of an id, not to be changed.
func (v *versions) of(id string) (told tellings, known bool, err error) {
	key := keyOf(id)
	if told, known = v.fresh[key]; known || v.count == 0 {
		return told, known, nil
	}
	at, known, err := v.search(key)
	if err != nil || !known {
		return nil, false, err
	}
	told, err = v.around(key, at)
	return told, true, err
}

// around reads the records of a key, of which one is at a place.
func (v *versions) around(key uint64, at int64) (told tellings, err error) {
	from := max(at-maxTellings, 0)
	block := make([]byte, (min(at+maxTellings+1, v.count)-from)*v.size)
	if _, err := v.base.ReadAt(block, from*v.size); err != nil {
		return nil, fmt.Errorf("look up a version: %w", err)
	}
	for ; len(block) > 0; block = block[v.size:] {
		if k, t := readRecord(block[:v.size]); k == key && t.version != withdrawn {
			told = append(told, t)
		}
	}
	return told, nil
}

// readRecord reads a record of either size.
func readRecord(record []byte) (key uint64, t telling) {
	word := func(i int) uint64 { return binary.BigEndian.Uint64(record[8*i:]) }
	key, t.version = word(0), int64(word(1))
	if len(record) == recordSize {
		t.source, t.until, t.pattern = word(2), int64(word(3)), word(4)
	}
	return key, t
}

func writeRecord(out *bufio.Writer, key uint64, t telling) error {
	var record [recordSize]byte
	for i, word := range []uint64{key, uint64(t.version), t.source, uint64(t.until), t.pattern} {
		binary.BigEndian.PutUint64(record[8*i:], word)
	}
	_, err := out.Write(record[:])
	return err
}

// search bisects the file. Keys are hashes, so that a guess by proportion comes
// within a block or two.
func (v *versions) search(key uint64) (at int64, found bool, err error) {
	var block [4096]byte
	perBlock := int64(len(block)) / v.size
	low, high := int64(0), v.count // the record is in [low, high)
	lowKey, highKey := uint64(0), ^uint64(0)
	for low < high {
		guess := low + int64(float64(high-low)*(float64(key-lowKey)/(float64(highKey-lowKey)+1)))
		from := min(max(guess-perBlock/2, low), max(high-perBlock, low))
		n, err := v.base.ReadAt(block[:min(perBlock, high-from)*v.size], from*v.size)
		if err != nil && n == 0 {
			return 0, false, fmt.Errorf("look up a version: %w", err)
		}
		records := int64(n) / v.size
		keyAt := func(i int64) uint64 { return binary.BigEndian.Uint64(block[i*v.size:]) }
		switch first, last := keyAt(0), keyAt(records-1); {
		case key < first:
			high, highKey = from, first
		case key > last:
			low, lowKey = from+records, last
		default:
			for i := range records {
				if keyAt(i) == key {
					return from + i, true, nil
				}
			}
			return 0, false, nil
		}
	}
	return 0, false, nil
}

func (v *versions) set(id string, told tellings) { v.fresh[keyOf(id)] = told }

// write merges what is fresh into a new base file at path. The maps stay as
// they are: the caller opens the new file and drops what went into it.
func (v *versions) write(dir, path string, fresh map[uint64]tellings) error {
	staged, err := atomicfile.Stage(dir, 0o600, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		if err := v.merge(out, fresh); err != nil {
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

func (v *versions) merge(out *bufio.Writer, fresh map[uint64]tellings) error {
	keys := slices.Sorted(maps.Keys(fresh))
	before := func(end uint64, all bool) error { // what is fresh of the keys before end
		for ; len(keys) > 0 && (all || keys[0] < end); keys = keys[1:] {
			told := fresh[keys[0]]
			if len(told) == 0 {
				told = tellings{{version: withdrawn}}
			}
			for _, t := range told {
				if err := writeRecord(out, keys[0], t); err != nil {
					return err
				}
			}
		}
		return nil
	}
	var old *bufio.Reader
	if v.base != nil {
		old = bufio.NewReaderSize(io.NewSectionReader(v.base, 0, v.count*v.size), 1<<20)
	}
	record := make([]byte, v.size)
	for range v.count {
		if _, err := io.ReadFull(old, record); err != nil {
			return err
		}
		key, t := readRecord(record)
		if err := before(key, false); err != nil {
			return err
		}
		if _, again := fresh[key]; again {
			continue
		}
		if err := writeRecord(out, key, t); err != nil {
			return err
		}
	}
	return before(0, true)
}

func (v *versions) close() error {
	if v.base == nil {
		return nil
	}
	return v.base.Close()
}
