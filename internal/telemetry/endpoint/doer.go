package endpoint

// doer names the process that did it, and its host if the record does.
func (b *builder) doer(image, pid, host string) {
	if isEmpty(image) && isEmpty(pid) && isEmpty(host) {
		return
	}
	at := len(b.json.arena)
	b.json.arena = append(append(append(b.json.arena, withoutNamespace(image)...), '#'), pid...)
	if !isEmpty(host) {
		b.json.arena = append(append(b.json.arena, '@'), host...)
	}
	b.event.Actor = b.json.kept(at)
}
