package hub

import "github.com/tocsin-project/tocsin/internal/duty"

// Duties are the incident reports that partners can open. Zero values work.
type Duties struct {
	// Templates is a TOML file of templates beside those built in; see docs/response.md.
	// It is read at the start.
	Templates string `toml:"templates"`
}

func (d Duties) read() (duty.Config, error) {
	if d.Templates == "" {
		return duty.Config{}, nil
	}
	own, err := duty.ReadTemplates(d.Templates)
	return duty.Config{Templates: own}, err
}
