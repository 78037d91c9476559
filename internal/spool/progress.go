package spool

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// progress is up to which item everything is delivered: its id (8 bytes) and
// their checksum (4), at the beginning of two sectors in turn. It is written in
// place, which needs no room on a disk that is full.
type progress struct {
	file *os.File
	turn int
	id   uint64
}

const (
	sector        = 512
	progressEntry = 12
)

// open reads it, or makes it.
func (p *progress) open(dir string) error {
	var err error
	if p.file, err = os.OpenFile(filepath.Join(dir, "progress"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	both := make([]byte, 2*sector)
	n, err := p.file.ReadAt(both, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for i := range 2 {
		entry := both[i*sector:][:progressEntry]
		id := binary.LittleEndian.Uint64(entry)
		if checksum(entry[:8]) == binary.LittleEndian.Uint32(entry[8:]) && id >= p.id {
			p.id, p.turn = id, 1-i
		}
	}
	if n == len(both) {
		return nil
	}
	if _, err := p.file.WriteAt(both, 0); err != nil {
		return err
	}
	return errors.Join(p.file.Sync(), atomicfile.SyncDir(dir))
}

// write notes it, without waiting for the disk.
func (p *progress) write(id uint64) error {
	entry := binary.LittleEndian.AppendUint64(make([]byte, 0, progressEntry), id)
	entry = binary.LittleEndian.AppendUint32(entry, checksum(entry))
	if _, err := p.file.WriteAt(entry, int64(p.turn)*sector); err != nil {
		return err
	}
	p.id, p.turn = id, 1-p.turn
	return nil
}

func (p *progress) sync() error {
	return p.file.Sync()
}

func (p *progress) close() error {
	if p.file == nil {
		return nil
	}
	return errors.Join(p.file.Sync(), p.file.Close())
}
