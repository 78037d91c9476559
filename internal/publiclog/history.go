package publiclog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// kept is where a checkpoint stands in the history file.
type kept struct {
	size   int64 // of the tree
	offset int64
	length int
}

// history is the cosigned checkpoints that are kept, a JSON string a line, by
// rising size.
type history struct {
	file *os.File
	kept []kept
	end  int64
}

// openHistory reads the file at path, or makes it. A line that a crash cut short
// is cut off, with what is behind it.
func openHistory(path string) (*history, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	h := &history{file: f}
	if err := errors.Join(h.load(), atomicfile.SyncDir(filepath.Dir(path))); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return h, nil
}

func (h *history) load() error {
	lines := bufio.NewReader(h.file)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		text, ok := checkpointIn(line)
		tree, treeErr := translog.ParseCheckpoint(textOf(text))
		if !ok || treeErr != nil || tree.Size <= h.size() {
			break
		}
		h.kept = append(h.kept, kept{tree.Size, h.end, len(line)})
		h.end += int64(len(line))
	}
	return h.file.Truncate(h.end)
}

// checkpointIn reads one whole line.
func checkpointIn(line []byte) (text []byte, ok bool) {
	var s string
	if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

// textOf is what a checkpoint's signatures are over.
func textOf(signed []byte) string {
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	return string(text) + "\n"
}

// size is that of the newest tree that is kept.
func (h *history) size() int64 {
	if len(h.kept) == 0 {
		return 0
	}
	return h.kept[len(h.kept)-1].size
}

// add keeps a checkpoint, once it is on disk.
func (h *history) add(signed []byte, size int64) error {
	if size <= h.size() {
		return nil
	}
	line, err := json.Marshal(string(signed))
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := h.file.WriteAt(line, h.end); err != nil {
		return err
	}
	if err := h.file.Sync(); err != nil {
		return err
	}
	h.kept = append(h.kept, kept{size, h.end, len(line)})
	h.end += int64(len(line))
	return nil
}

// covering reads, for each of the log's indexes, the first checkpoint kept that
// commits to it: each once, by rising size, and only those of a tree smaller than
// below.
func (h *history) covering(indexes []int64, below int64) ([][]byte, error) {
	var texts [][]byte
	last := int64(0)
	for _, index := range indexes {
		i := sort.Search(len(h.kept), func(i int) bool { return h.kept[i].size > index })
		if i == len(h.kept) || h.kept[i].size >= below || h.kept[i].size <= last {
			continue
		}
		line := make([]byte, h.kept[i].length)
		if _, err := h.file.ReadAt(line, h.kept[i].offset); err != nil {
			return nil, err
		}
		text, ok := checkpointIn(line)
		if !ok {
			return nil, fmt.Errorf("read %s: the line at %d is damaged", h.file.Name(), h.kept[i].offset)
		}
		texts, last = append(texts, text), h.kept[i].size
	}
	return texts, nil
}

func (h *history) close() error { return h.file.Close() }

// mostEarlier is how many earlier checkpoints a dossier is given.
const mostEarlier = 1000

// earlier is what the history says of entries of the log: the first checkpoint
// that covers each of them, below a size, as far as the keys and the quorum of
// today bear them out. Of too many it leaves some out, evenly.
func (l *Logger) earlier(indexes []int64, below int64) ([][]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.history == nil {
		return nil, nil
	}
	texts, err := l.history.covering(indexes, below)
	if err != nil {
		return nil, err
	}
	sound := texts[:0]
	for _, text := range texts {
		c, err := translog.OpenCosigned(text, l.cfg.Log.Keys(), l.keys())
		has := make(map[string]bool)
		for _, one := range c.Witnesses {
			has[one.Key] = true
		}
		if err == nil && l.satisfied(has) {
			sound = append(sound, text)
		}
	}
	step := (len(sound) + mostEarlier - 1) / mostEarlier
	if step <= 1 {
		return sound, nil
	}
	var some [][]byte
	for i := 0; i < len(sound); i += step {
		some = append(some, sound[i])
	}
	return some, nil
}
