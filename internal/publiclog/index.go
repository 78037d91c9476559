package publiclog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// what an entry of the log is to the hub.
type what byte

const (
	leafEntry       what = 'r' // commits to the entry of the ledger at seq: a record of a case, a key act
	commitmentEntry what = 'l' // commits to the ledger up to and with seq
	// An instruction that was carried out, at seq; its index is the log's size then.
	instructionEntry what = 'i'
)

// noted is one record of the index file: 24 bytes, integers big-endian.
//
//	offset  size  field
//	0       8     seq: of the ledger
//	8       8     index: of the log, from 0
//	16      1     what: 'r', 'l' or 'i'
//	17      3     zero
//	20      4     CRC-32 (IEEE) of the bytes before
type noted struct {
	seq   ledger.Seq
	index int64
	what  what
}

const notedLength = 24

func (n noted) append(b []byte) []byte {
	from := len(b)
	b = binary.BigEndian.AppendUint64(b, uint64(n.seq))
	b = binary.BigEndian.AppendUint64(b, uint64(n.index))
	b = append(b, byte(n.what), 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[from:]))
}

func parseNoted(b []byte) (noted, bool) {
	n := noted{ledger.Seq(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:])), what(b[16])}
	sound := binary.BigEndian.Uint32(b[20:]) == crc32.ChecksumIEEE(b[:20]) && (n.what == leafEntry || n.what == commitmentEntry || n.what == instructionEntry)
	return n, sound && n.seq > 0 && n.index >= 0
}

// index is where in the log the ledger's entries are. It can be made again from
// the log and the ledger; that takes longer.
type index struct {
	file        *os.File
	leaves      []noted // rising in both numbers, like the others
	commitments []noted
	// Those of instructions are in the file behind the entries of the log that they
	// gave, at the latest.
	instructions []noted
}

// openIndex reads the file at path, or makes it. What stands behind the last
// sound record was being written when a crash came, and is cut off.
func openIndex(path string) (*index, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	x := &index{file: f}
	if err := errors.Join(x.load(), atomicfile.SyncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return x, nil
}

func (x *index) load() error {
	text, err := io.ReadAll(x.file)
	if err != nil {
		return err
	}
	sound := 0
	for ; sound+notedLength <= len(text); sound += notedLength {
		n, ok := parseNoted(text[sound:])
		if !ok || !x.follows(n) {
			break
		}
		x.take(n)
	}
	if sound < len(text) {
		if err := x.file.Truncate(int64(sound)); err != nil {
			return err
		}
	}
	_, err = x.file.Seek(int64(sound), io.SeekStart)
	return err
}

// follows says whether a record may stand behind those that are there.
func (x *index) follows(n noted) bool {
	if n.what == instructionEntry {
		return n.seq > x.instructed().seq && n.index > x.instructed().index
	}
	return n.index > x.last().index && n.seq >= x.last().seq
}

func (x *index) take(n noted) {
	switch n.what {
	case leafEntry:
		x.leaves = append(x.leaves, n)
	case commitmentEntry:
		x.commitments = append(x.commitments, n)
	case instructionEntry:
		x.instructions = append(x.instructions, n)
	}
}

// instructed is the newest instruction that was carried out; zero if none was.
func (x *index) instructed() noted {
	if len(x.instructions) == 0 {
		return noted{}
	}
	return x.instructions[len(x.instructions)-1]
}

// carriedOut says whether the instruction at seq was carried out: it was not void.
func (x *index) carriedOut(seq ledger.Seq) bool {
	i := sort.Search(len(x.instructions), func(i int) bool { return x.instructions[i].seq >= seq })
	return i < len(x.instructions) && x.instructions[i].seq == seq
}

// last is the newest record; index -1 and seq 0 if there is none.
func (x *index) last() noted {
	last := noted{index: -1}
	for _, list := range [][]noted{x.leaves, x.commitments} {
		if len(list) > 0 && list[len(list)-1].index > last.index {
			last = list[len(list)-1]
		}
	}
	return last
}

// committed is the entry of the ledger up to which the log commits to it.
func (x *index) committed() ledger.Seq {
	if len(x.commitments) == 0 {
		return 0
	}
	return x.commitments[len(x.commitments)-1].seq
}

// write appends records to the file; they are known once they are on disk.
func (x *index) write(records []noted) error {
	if len(records) == 0 {
		return nil
	}
	text := make([]byte, 0, len(records)*notedLength)
	for _, n := range records {
		text = n.append(text)
	}
	_, err := x.file.Write(text)
	if err == nil {
		err = x.file.Sync()
	}
	return err
}

// leafAt is where the log holds the leaf of the ledger's entry.
func (x *index) leafAt(seq ledger.Seq) (int64, bool) {
	i := sort.Search(len(x.leaves), func(i int) bool { return x.leaves[i].seq >= seq })
	if i == len(x.leaves) || x.leaves[i].seq != seq {
		return 0, false
	}
	return x.leaves[i].index, true
}

// commitmentOf is the commitment that covers the ledger's entry, and the entry
// after which what it covers begins.
func (x *index) commitmentOf(seq ledger.Seq) (c noted, after ledger.Seq, ok bool) {
	i := sort.Search(len(x.commitments), func(i int) bool { return x.commitments[i].seq >= seq })
	if i == len(x.commitments) {
		return noted{}, 0, false
	}
	if i > 0 {
		after = x.commitments[i-1].seq
	}
	return x.commitments[i], after, true
}
