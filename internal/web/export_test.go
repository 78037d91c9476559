package web

// Looks are what readers looked at and have not confirmed.
type Looks struct{ looks }

// MaxLooks and MaxAllLooks are how many are kept of one reader, and of all.
const (
	MaxLooks    = maxLooks
	MaxAllLooks = maxAllLooks
)

// Look begins a look of a reader's, and Take ends it.
func (l *Looks) Look(reader string) string    { return l.look(reader) }
func (l *Looks) Take(reader, key string) bool { return l.take(reader, key) }
