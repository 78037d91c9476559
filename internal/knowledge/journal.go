package knowledge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/stream"
)

// journal is a file of lessons, one JSON line each.
type journal struct {
	file *os.File
	size int64       // of the whole lines
	last stream.Mark // of its last lesson, or where it goes on from
	ops  int
	// Lessons without ops are kept by their mark alone, and not each of them.
	kept    time.Time // when one was
	unsaved bool      // last is not on disk
}

// markEvery is how often a mark alone is worth a line, and the wait for the disk.
const markEvery = time.Second

// openJournal reads a journal that goes on from a mark, and leaves it open to
// be written on. A last line without an end is what a crash left of a lesson
// that nobody was told of.
func openJournal(path string, from stream.Mark, apply func(lesson) error) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, last: from}
	if err := j.read(apply); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return j, nil
}

func (j *journal) read(apply func(lesson) error) error {
	in := bufio.NewReaderSize(j.file, 1<<20)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var l lesson
		if err := json.Unmarshal(line, &l); err != nil {
			return damage(fmt.Errorf("line %d is damaged: %w", number, err))
		}
		if err := apply(l); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		j.size += int64(len(line))
		j.last, j.ops = l.Mark, j.ops+len(l.Ops)
	}
	if err := j.file.Truncate(j.size); err != nil {
		return err
	}
	_, err := j.file.Seek(j.size, io.SeekStart)
	return err
}

// append has the lessons on disk before it returns, but for marks alone that
// come too often. What fails leaves the journal as it was.
func (j *journal) append(lessons []lesson, now time.Time) error {
	var text bytes.Buffer
	ops, last := 0, len(lessons)-1
	wait := now.Sub(j.kept)
	due := wait < 0 || wait >= markEvery
	for i := range lessons {
		if len(lessons[i].Ops) == 0 && (i < last || !due) {
			continue
		}
		if err := json.MarshalWrite(&text, &lessons[i]); err != nil {
			return err
		}
		text.WriteByte('\n')
		ops += len(lessons[i].Ops)
	}
	if err := j.write(text.Bytes()); err != nil {
		return err
	}
	alone := len(lessons[last].Ops) == 0
	j.last, j.ops, j.unsaved = lessons[last].Mark, j.ops+ops, alone && !due
	if alone && due {
		j.kept = now
	}
	return nil
}

func (j *journal) write(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := j.file.WriteAt(text, j.size)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// What is behind the size is overwritten by the next try, or cut off.
		return errors.Join(err, j.file.Truncate(j.size))
	}
	j.size += int64(len(text))
	return nil
}

// close writes the last mark, and closes the file.
func (j *journal) close() error {
	var err error
	if j.unsaved {
		var text []byte
		if text, err = json.Marshal(lesson{Mark: j.last}); err == nil {
			err = j.write(append(text, '\n'))
		}
	}
	return errors.Join(err, j.file.Close())
}
