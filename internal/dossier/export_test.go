package dossier

// Files are the files of a draft, for tests of what Finish would not hand out.
func (d Draft) Files() map[string][]byte { return d.files }
