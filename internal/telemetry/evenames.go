package telemetry

// names are the fields of each scope by their names.
var names = func() (list [scopes]map[string]field) {
	for in := range list {
		list[in] = map[string]field{}
	}
	for f, m := range members {
		if m.name != "" {
			list[m.in][m.name] = field(f)
		}
	}
	return list
}()

// fieldNamed is the field of that name in a scope, none for what is not read.
func fieldNamed(in scope, name string) field { return names[in][name] }
