package hindsight

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// The bytes of a segment, integers little endian, lengths as uvarints:
//
//	block...  records in the order of their keys, about 4 KiB, then the CRC-32C
//	          of the block before it (4 bytes)
//	index     for each block: the length of a separator, the separator, the
//	          length of the block with its checksum
//	replaced  how many, then the number of each segment that was merged into it
//	footer    62 bytes, see footer
//
// A record in a block is
//
//	byte     how many bytes the key shares with the one before it in the block,
//	         times 16, plus how many more it has, each up to 14; 15 means that
//	         a uvarint of the rest follows (shared, then more)
//	bytes    the rest of the key
//	         the record, see appendRecord
//
// A block's separator is greater than every key in the blocks before it and not
// greater than its first key, and as short as that allows.
const (
	blockSize  = 4 << 10
	footerSize = 62
	maxKey     = maxText + 64
)

const magic = "TOCSINH1"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// footer ends a segment:
//
//	day      int64   the day it is filed under, in days of the Unix epoch
//	mark     uint64  of the flush that it belongs to
//	born     uint64  the number of the oldest segment that went into it
//	records  uint64
//	index    uint64  where the index begins
//	replaced uint64  where the list of replaced segments begins
//	flags    uint16  0
//	checksum uint32  CRC-32C of everything from the index on up to here
//	magic    8 bytes
type footer struct {
	day                   int64
	mark, born            uint64
	records               uint64
	indexFrom, listedFrom uint64
}

// writer writes a segment.
type writer struct {
	out    io.Writer
	foot   footer
	base   int64
	block  []byte
	last   []byte // key
	before []byte // last key of the block before
	index  []byte
	at     uint64
	err    error
}

func newWriter(out io.Writer, foot footer) *writer {
	return &writer{out: out, foot: foot, base: foot.day * secondsADay, block: make([]byte, 0, blockSize+maxKey)}
}

const secondsADay = 24 * 60 * 60

// add adds a record; keys come in ascending order, each once.
func (w *writer) add(key []byte, r record) {
	if len(w.block) >= blockSize {
		w.endBlock()
	}
	shared := 0
	if len(w.block) == 0 {
		w.separate(key)
	} else {
		for shared < len(key) && shared < len(w.last) && key[shared] == w.last[shared] {
			shared++
		}
	}
	more := len(key) - shared
	w.block = append(w.block, byte(min(shared, 15))<<4|byte(min(more, 15)))
	if shared >= 15 {
		w.block = binary.AppendUvarint(w.block, uint64(shared-15))
	}
	if more >= 15 {
		w.block = binary.AppendUvarint(w.block, uint64(more-15))
	}
	w.block = append(w.block, key[shared:]...)
	w.block = appendRecord(w.block, r, w.base)
	w.last = append(w.last[:0], key...)
	w.foot.records++
}

// separate begins the index's line of a block that begins with key.
func (w *writer) separate(key []byte) {
	n := 0
	for n < len(key) && n < len(w.before) && key[n] == w.before[n] {
		n++
	}
	n = min(n+1, len(key))
	w.index = binary.AppendUvarint(w.index, uint64(n))
	w.index = append(w.index, key[:n]...)
}

func (w *writer) endBlock() {
	if len(w.block) == 0 {
		return
	}
	w.block = binary.LittleEndian.AppendUint32(w.block, crc32.Checksum(w.block, castagnoli))
	w.index = binary.AppendUvarint(w.index, uint64(len(w.block)))
	w.write(w.block)
	w.block = w.block[:0]
	w.before = append(w.before[:0], w.last...)
}

func (w *writer) write(data []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(data)
		w.at += uint64(len(data))
	}
}

// close writes what follows the blocks; replaced are the segments merged.
func (w *writer) close(replaced []uint64) error {
	w.endBlock()
	w.foot.indexFrom = w.at
	tail := w.index
	w.foot.listedFrom = w.at + uint64(len(tail))
	tail = binary.AppendUvarint(tail, uint64(len(replaced)))
	for _, number := range replaced {
		tail = binary.AppendUvarint(tail, number)
	}
	for _, field := range []uint64{uint64(w.foot.day), w.foot.mark, w.foot.born, w.foot.records, w.foot.indexFrom, w.foot.listedFrom} {
		tail = binary.LittleEndian.AppendUint64(tail, field)
	}
	tail = binary.LittleEndian.AppendUint16(tail, 0)
	tail = binary.LittleEndian.AppendUint32(tail, crc32.Checksum(tail, castagnoli))
	w.write(append(tail, magic...))
	return w.err
}
