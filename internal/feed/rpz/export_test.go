package rpz

// ColdHas says whether a view's cold zone, as it is served, blocks a name.
func (s *Server) ColdHas(view, text string) bool {
	s.mu.Lock()
	v := s.views[view]
	s.mu.Unlock()
	if v == nil || v.cold.version() == nil {
		return false
	}
	return v.cold.version().names.at(name(text)).kind != nothing
}
