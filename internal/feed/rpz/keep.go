package rpz

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// keep writes what is about to be served. What cannot be kept is served all the
// same, since a protection matters more than a transfer.
func (s *Server) keep(path string, z *stored) {
	if path == "" {
		return
	}
	if err := z.write(path); err != nil {
		s.log.Error("a zone is not kept: after a restart resolvers that follow transfer it anew", "err", err)
		s.discard(path)
	}
}

// discard removes what is older than what is served: a hub that came back with it
// would serve a serial that followers are past.
func (s *Server) discard(path string) {
	if path == "" {
		return
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		s.log.Error("an outdated zone is not removed", "err", err)
		return
	}
	if err := atomicfile.SyncDir(filepath.Dir(path)); err != nil {
		s.log.Error("an outdated zone may not be removed", "err", err)
	}
}

// keptFor is how long the zone of a view is kept that does not come back: a resolver
// that has been away for longer transfers it anew.
const keptFor = 30 * 24 * time.Hour

// prune removes the zones of views that have not been served for so long. The caller
// holds mu.
func (s *Server) prune() {
	if s.dir == "" {
		return
	}
	served := make(map[string]bool, len(s.views))
	for _, v := range s.views {
		served[v.path] = true
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		s.log.Warn("old zones are not removed", "err", err)
	}
	for _, file := range files {
		path := filepath.Join(s.dir, file.Name())
		if info, err := file.Info(); err == nil && strings.HasPrefix(file.Name(), keptZone) && !served[path] && time.Since(info.ModTime()) > keptFor {
			s.discard(path)
		}
	}
}
