package web

// A room is the pages about one thing: their templates, and their paths. Each is
// declared beside its pages.
type room struct {
	sheets map[string]sheet // by the template's name
	paths  func(*pages, *router)
}

// A sheet is a page's template: the zero value of what it shows, which a test
// holds its fields against, and whether it stays still while things happen.
type sheet struct {
	view  any
	still bool // it is for writing, and does not follow
}

// rooms are all rooms, in the order of the navigation.
var rooms = []room{
	doorRoom,
	nowRoom,
	paletteRoom,
	outbreakRoom,
	knowledgeRoom,
	importRoom,
	protectionRoom,
	feedRoom,
	exposureRoom,
	responseRoom,
	caseRoom,
	partnerRoom,
	exerciseRoom,
	setupRoom,
	auditRoom,
	tellingRoom,
	dutyRoom,
}

// both is the paths of a page with forms: show is the page, do what its forms do.
func (p *pages) both(mux *router, path string, show func(reading) (content, error), do func(r reading, act string) (to string, err error)) {
	mux.HandleFunc("GET "+path, p.reader(show))
	mux.HandleFunc("POST "+path, p.act(show, do))
}
