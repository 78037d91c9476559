package capture

// questions are those that were asked on no port of DNS, each until its reply.
// The oldest goes when there are too many.
type questions struct {
	open map[question]bool
	ring []question
	next int
}

type question struct {
	ends
	id uint16
}

const maxQuestions = 8192

func newQuestions() questions { return questions{open: map[question]bool{}} }

// put remembers a question; false says that another had to go unanswered.
func (q *questions) put(e ends, id uint16) bool {
	asked, kept := question{e, id}, true
	if q.open[asked] {
		return true // asked again
	}
	if len(q.ring) < maxQuestions {
		q.ring = append(q.ring, asked)
	} else {
		kept = !q.open[q.ring[q.next]]
		delete(q.open, q.ring[q.next])
		q.ring[q.next] = asked
		q.next = (q.next + 1) % maxQuestions
	}
	q.open[asked] = true
	return kept
}

// take forgets a question that is answered; false says that nobody asked it.
func (q *questions) take(e ends, id uint16) bool {
	asked := question{e, id}
	ok := q.open[asked]
	delete(q.open, asked)
	return ok
}
