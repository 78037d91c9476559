package once

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// load finds the answers in the file and cuts off what is no whole record.
func (a *Answers) load() error {
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	for a.size < info.Size() {
		text, err := a.read(a.size, info.Size())
		var one answer
		if err != nil || json.Unmarshal(text, &one) != nil {
			break
		}
		a.place(one, len(text))
	}
	return a.file.Truncate(a.size)
}

const frame = 8 // bytes before an answer

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("the record is damaged")

// read is the text of the record at the offset of a file of so many bytes.
func (a *Answers) read(offset, end int64) ([]byte, error) {
	var head [frame]byte
	if _, err := a.file.ReadAt(head[:], offset); err != nil {
		return nil, err
	}
	length := int64(binary.BigEndian.Uint32(head[:]))
	if length > end-offset-frame {
		return nil, errDamaged
	}
	text := make([]byte, length)
	if _, err := a.file.ReadAt(text, offset+frame); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if crc32.Checksum(text, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return nil, errDamaged
	}
	return text, nil
}

// place notes where the next record is.
func (a *Answers) place(one answer, length int) {
	a.places[one.Key] = kept{a.size, length, one.Seq, one.At}
	a.order = append(a.order, one.Key)
	a.size += int64(frame + length)
}

func record(text []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(text)))
	out = binary.BigEndian.AppendUint32(out, crc32.Checksum(text, castagnoli))
	return append(out, text...)
}

// compact writes the file anew with what is to be kept at now: the newest, up to
// half of what the file may have.
func (a *Answers) compact(now time.Time) error {
	var text []byte
	keys := a.order
	room := a.most / 2
	first := len(keys)
	for first > 0 {
		at, known := a.places[keys[first-1]]
		if room -= int64(frame + at.length); !known || room < 0 || now.Sub(at.at) >= Kept {
			break
		}
		first--
	}
	moved, order, size := map[ledger.Hash]kept{}, []ledger.Hash{}, int64(0)
	for _, key := range keys[first:] {
		at := a.places[key]
		one, err := a.read(at.offset, a.size)
		if err != nil {
			continue // its request is on the ledger, and says that the answer is not kept
		}
		text = append(text, record(one)...)
		at.offset = size
		moved[key], order, size = at, append(order, key), size+int64(frame+at.length)
	}
	path := a.file.Name()
	if err := atomicfile.Write(path, text, 0o600); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Clean(path), os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = a.file.Close()
	a.file, a.places, a.order, a.size = file, moved, order, size
	return err
}
