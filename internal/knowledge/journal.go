package knowledge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/stream"
)

// journal is a file of lessons, one JSON line each.
type journal struct {
	file *os.File
	size int64       // of the whole lines
	last stream.Mark // of its last lesson, or where it goes on from
	ops  int
}

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
			return fmt.Errorf("line %d is damaged: %w; remove the directory to learn everything again from the hub", number, err)
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

// append has the lessons on disk before it returns. What fails leaves the
// journal as it was.
func (j *journal) append(lessons []lesson) error {
	var text bytes.Buffer
	ops := 0
	for i := range lessons {
		if err := json.MarshalWrite(&text, &lessons[i]); err != nil {
			return err
		}
		text.WriteByte('\n')
		ops += len(lessons[i].Ops)
	}
	_, err := j.file.WriteAt(text.Bytes(), j.size)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// What is behind the size is overwritten by the next try, or cut off.
		return errors.Join(err, j.file.Truncate(j.size))
	}
	j.size += int64(text.Len())
	j.last, j.ops = lessons[len(lessons)-1].Mark, j.ops+ops
	return nil
}

func (j *journal) close() error { return j.file.Close() }
