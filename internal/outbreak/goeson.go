package outbreak

// GoesOn is the id as which an outbreak goes on after it was merged into others,
// and the ids of all that were merged into that one, as far as the list has them,
// in its order. One that is not in the list ends the way.
func GoesOn(list []Outbreak, id string) (last string, merged []string) {
	into := make(map[string]string, len(list))
	for _, o := range list {
		into[o.ID] = o.Into
	}
	end := func(id string) string {
		for range list {
			next, shown := into[id]
			if _, follows := into[next]; !shown || !follows {
				return id
			}
			id = next
		}
		return id
	}
	last = end(id)
	for _, o := range list {
		if o.ID != last && end(o.ID) == last {
			merged = append(merged, o.ID)
		}
	}
	return last, merged
}
