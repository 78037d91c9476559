package shelf

// isLong says whether an id has times.
func (st *Stage) isLong(id uint32) bool { return st.long[id] != nil || st.s.long[id] != nil }

// lengthen gives an id times: those of what the shelf holds to the shelf, for
// they stay true without the stage, the others to the stage.
func (st *Stage) lengthen(id uint32) {
	newest := st.headsOf(id).newest
	mine := map[int64]bool{}
	for n := newest; n != 0; n = st.At(n).Prev {
		if !st.versions.isNew(uint32(n)) {
			st.s.long[id] = timesOf(st.s.at, n)
			break
		}
		mine[st.At(n).Modified] = true
	}
	all := timesOf(st.At, newest)
	st.long[id] = times{}
	for modified := range mine {
		st.long[id][modified] = all[modified]
	}
}

// standing is the versions of an id that stand for a time.
func (st *Stage) standing(id uint32, modified int64) []Number {
	if standing, ok := st.long[id][modified]; ok {
		return standing
	}
	return st.s.long[id][modified]
}

func (st *Stage) setStanding(id uint32, modified int64, standing []Number) {
	if st.long[id] == nil {
		st.long[id] = times{}
	}
	st.long[id][modified] = standing
}

// publishLong gives the stage's times to the shelf.
func (st *Stage) publishLong() {
	for id, changed := range st.long {
		if st.s.long[id] == nil {
			st.s.long[id] = times{}
		}
		for modified, standing := range changed {
			st.s.long[id][modified] = standing
		}
	}
}
