package pattern

// qualifier reads a qualifier, nil if there is none.
func (p *parser) qualifier() (Qualifier, error) {
	switch {
	case p.is("REPEATS"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		at := p.cur.at
		n, err := p.number()
		if err != nil {
			return nil, err
		}
		if n.Kind != Integer || n.Int < 1 {
			return nil, p.errorf(at, "REPEATS takes an integer above 0")
		}
		return Repeats{Times: n.Int}, p.need("TIMES")
	case p.is("WITHIN"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		at := p.cur.at
		n, err := p.number()
		if err != nil {
			return nil, err
		}
		if n.Int <= 0 && n.Float <= 0 {
			return nil, p.errorf(at, "WITHIN takes a number of seconds above 0")
		}
		return Within{Seconds: n}, p.need("SECONDS")
	case p.is("START"):
		start, err := p.timestampAfter("START")
		if err != nil {
			return nil, err
		}
		stop, err := p.timestampAfter("STOP")
		return StartStop{Start: start, Stop: stop}, err
	}
	return nil, nil
}

func (p *parser) timestampAfter(keyword string) (Constant, error) {
	if err := p.need(keyword); err != nil {
		return Constant{}, err
	}
	at := p.cur.at
	c, err := p.constant()
	if err == nil && c.Kind != Timestamp {
		err = p.errorf(at, "%s takes a timestamp, like t'2017-05-12T07:43:00Z'", keyword)
	}
	return c, err
}

// number reads an integer or a float.
func (p *parser) number() (Constant, error) {
	if p.cur.kind != number {
		return Constant{}, p.expected("a number")
	}
	return p.constant()
}
