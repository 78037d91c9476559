package match

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// Built says what a snapshot holds.
type Built struct {
	Indicators int64 // without duplicates
	Bytes      int64 // of the file
}

// Build writes the indicators as a snapshot to path, durably: after a crash
// the file is as it was or as it was to be (a crash may leave files in path's
// folder that atomicfile.Clean removes). It does not hold them in memory: they
// are spilled to a file without a name beside path, by shard, and written
// shard by shard. Ten million take about 70 MB. It calls for all indicators,
// even after an error, so that whoever gives them need not know how to stop.
func Build(path string, indicators iter.Seq[Indicator]) (Built, error) {
	seed := rand.Uint64()
	spill, err := newSpill(filepath.Dir(path))
	if err != nil {
		return Built{}, fmt.Errorf("build indicator snapshot %s: %w", path, err)
	}
	var entry []byte
	for ind := range indicators {
		if err != nil {
			continue
		}
		k := keyOf(ind.Value)
		entry = appendEntry(entry[:0], &k, ind.ID, ind.Subdomains)
		err = spill.add(k.hash(seed), entry)
	}
	var built Built
	if err == nil {
		built, err = writeSnapshot(path, seed, spill.count, spill.shard)
	}
	if err = errors.Join(err, spill.file.Close()); err != nil {
		return Built{}, fmt.Errorf("build indicator snapshot %s: %w", path, err)
	}
	return built, nil
}

// writeSnapshot writes the shards that load gives, with at most so many entries
// in all; data and records are free to be used again when it is called for the
// next.
func writeSnapshot(path string, seed, most uint64, load func(n int) (data []byte, records []record, err error)) (Built, error) {
	w := &snapshotWriter{filter: make(filter, blocksFor(most))}
	dir := filepath.Dir(path)
	staged, err := atomicfile.Stage(dir, 0o600, func(out io.Writer) error {
		large := bufio.NewWriterSize(out, 1<<20)
		w.out = large
		if err := w.begin(); err != nil {
			return err
		}
		for n := range shards {
			data, records, err := load(n)
			if err != nil {
				return err
			}
			if err := w.shard(n, data, records); err != nil {
				return err
			}
		}
		if err := w.end(seed); err != nil {
			return err
		}
		return large.Flush()
	})
	if err != nil {
		return Built{}, err
	}
	info, err := os.Stat(staged)
	if err == nil {
		err = os.Rename(staged, path)
	}
	if err != nil {
		return Built{}, errors.Join(err, os.Remove(staged))
	}
	return Built{Indicators: int64(w.entries), Bytes: info.Size()}, atomicfile.SyncDir(dir)
}

// spill keeps records by shard on disk, as far as they do not fit in small
// buffers: a record is its hash, its size and its bytes.
type spill struct {
	file    *os.File // nobody else knows its name
	end     int64
	count   uint64
	buffers [shards][]byte
	written [shards][]piece
	data    []byte
	records []record
}

// piece is a part of the file with whole records of one shard.
type piece struct{ at, size int64 }

const (
	spillBuffer = 128 << 10
	spillHeader = 12
)

func newSpill(dir string) (*spill, error) {
	f, err := os.CreateTemp(dir, ".staging-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, closing(f, err)
	}
	return &spill{file: f}, nil
}

func (s *spill) add(h uint64, entry []byte) error {
	n := h >> (64 - shardBits)
	b := s.buffers[n]
	if len(b) > 0 && len(b)+spillHeader+len(entry) > spillBuffer {
		if _, err := s.file.WriteAt(b, s.end); err != nil {
			return err
		}
		s.written[n] = append(s.written[n], piece{s.end, int64(len(b))})
		s.end += int64(len(b))
		b = b[:0]
	}
	if b == nil {
		b = make([]byte, 0, spillBuffer)
	}
	b = binary.LittleEndian.AppendUint64(b, h)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(entry)))
	s.buffers[n] = append(b, entry...)
	s.count++
	return nil
}

func (s *spill) shard(n int) ([]byte, []record, error) {
	size := int64(len(s.buffers[n]))
	for _, p := range s.written[n] {
		size += p.size
	}
	if size > maxShard {
		return nil, nil, fmt.Errorf("the indicators have more than %d bytes, a snapshot's most; remove some", uint64(shards)<<32)
	}
	if int64(cap(s.data)) < size {
		s.data = make([]byte, 0, size+size/8)
	}
	s.data, s.records = s.data[:size], s.records[:0]
	at := int64(0)
	for _, p := range s.written[n] {
		if _, err := s.file.ReadAt(s.data[at:at+p.size], p.at); err != nil {
			return nil, nil, err
		}
		at += p.size
	}
	copy(s.data[at:], s.buffers[n])
	for at := 0; at < len(s.data); {
		r := record{binary.LittleEndian.Uint64(s.data[at:]), uint32(at + spillHeader), binary.LittleEndian.Uint32(s.data[at+8:])}
		s.records = append(s.records, r)
		at += spillHeader + int(r.size)
	}
	return s.data, s.records, nil
}
