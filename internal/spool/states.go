package spool

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// states keeps the states that come without items in two files in turn, so that
// the last but one is whole while the last is written.
//
//	 0  8  "TOCSINST"
//	 8  8  sequence number of the append
//	16  4  bytes of the state
//	20  4  checksum of the 20 bytes before and of the state
//	24     the state
type states struct {
	dir      string
	files    [2]*os.File // nil until there is one
	turn     int         // which one is written next
	sequence uint64
	state    []byte // as it was found
}

const (
	stateMagic  = "TOCSINST"
	stateHeader = 24
)

func (s *states) path(i int) string {
	return filepath.Join(s.dir, [...]string{"state-0", "state-1"}[i])
}

// open reads what there is.
func (s *states) open(dir string) error {
	s.dir = dir
	for i := range s.files {
		data, err := os.ReadFile(s.path(i))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if s.files[i], err = os.OpenFile(s.path(i), os.O_RDWR, 0); err != nil {
			return err
		}
		// What was broken off while it was written was not acknowledged.
		if sequence, state, ok := parseState(data); ok && sequence > s.sequence {
			s.sequence, s.state, s.turn = sequence, state, 1-i
		}
	}
	return nil
}

func parseState(b []byte) (sequence uint64, state []byte, ok bool) {
	if len(b) < stateHeader || string(b[:8]) != stateMagic {
		return 0, nil, false
	}
	length := int64(binary.LittleEndian.Uint32(b[16:]))
	if length > int64(len(b)-stateHeader) {
		return 0, nil, false
	}
	state = b[stateHeader : stateHeader+length]
	if stateSum(b[:20], state) != binary.LittleEndian.Uint32(b[20:]) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(b[8:]), state, true
}

// appendState makes what parseState reads.
func appendState(b []byte, sequence uint64, state []byte) []byte {
	at := len(b)
	b = append(b, stateMagic...)
	b = binary.LittleEndian.AppendUint64(b, sequence)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(state)))
	b = binary.LittleEndian.AppendUint32(b, stateSum(b[at:], state))
	return append(b, state...)
}

func stateSum(head, state []byte) uint32 {
	return checksum(binary.LittleEndian.AppendUint32(append([]byte(nil), head...), checksum(state)))
}

// write has a state on disk.
func (s *states) write(sequence uint64, state []byte) error {
	f := s.files[s.turn]
	if f == nil {
		var err error
		if f, err = os.OpenFile(s.path(s.turn), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
			return err
		}
		s.files[s.turn] = f
		if err := atomicfile.SyncDir(s.dir); err != nil {
			return err
		}
	}
	b := appendState(make([]byte, 0, stateHeader+len(state)), sequence, state)
	if _, err := f.WriteAt(b, 0); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	s.turn = 1 - s.turn
	return nil
}

func (s *states) close() error {
	return errors.Join(closeFile(s.files[0]), closeFile(s.files[1]))
}
