package catalog

import (
	"slices"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// kind is a type with a set of labels: what a collection may ask for, beside
// the audience.
type kind struct {
	objectType string
	labels     []string
	key        string // both as one text
}

// kinds numbers them, from 1. Numbers come and go as those of audiences do.
// There are few, but whoever contributes may invent more: for those beyond
// maxKinds, and for long ones, there is the number 0, and a version's bytes
// have to be asked.
type kinds struct {
	mu   sync.RWMutex
	of   map[string]uint16
	list []kind
}

const (
	maxKinds = 1<<16 - 1
	maxKey   = 256 // bytes
)

func newKinds() kinds { return kinds{of: map[string]uint16{}, list: make([]kind, 1)} }

func kindOf(objectType string, labels []string) kind {
	if len(labels) == 0 {
		return kind{objectType: objectType, key: objectType}
	}
	labels = slices.Compact(slices.Sorted(slices.Values(labels)))
	key := []byte(objectType)
	for _, l := range labels {
		key = append(append(strconv.AppendInt(append(key, 0), int64(len(l)), 10), ':'), l...)
	}
	return kind{objectType, labels, string(key)}
}

func (k *kinds) load(conn *sqlite.Conn) error {
	return sqlitex.Execute(conn, "SELECT type, labels FROM kind ORDER BY number", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			var labels []string
			if err := json.Unmarshal([]byte(stmt.ColumnText(1)), &labels); err != nil {
				return err
			}
			k.add(kindOf(stmt.ColumnText(0), labels))
			return nil
		},
	})
}

func (k *kinds) add(v kind) uint16 {
	k.mu.Lock()
	defer k.mu.Unlock()
	number := uint16(len(k.list))
	k.of[v.key] = number
	k.list = append(k.list, v)
	return number
}

// find is a kind's number; known is false if it has none and may get one.
func (k *kinds) find(v kind) (number uint16, known bool) {
	if len(v.key) > maxKey {
		return 0, true
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	number, known = k.of[v.key]
	return number, known || len(k.list) > maxKinds
}

func (k *kinds) all() []kind {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.list
}

func (k *kinds) withdraw(added int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	from := len(k.list) - added
	for _, v := range k.list[from:] {
		delete(k.of, v.key)
	}
	k.list = slices.Clip(k.list[:from])
}
