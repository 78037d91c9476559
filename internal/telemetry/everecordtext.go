package telemetry

// plainly says of the fields whose text is just noted, as what.
var plainly = func() (list [fieldCount]class) {
	for c, fields := range map[class][]field{
		asDomain:      {fAnswersName, fGroupedHost, fGroupedPointer, fGroupedMail, fSNI, fQUICName, zAnswers, zCertNames},
		asAddress:     {fSourceIP, fDestIP, zSenders, zReceivers},
		asFileName:    {fFileName, fFilesName, zOrigNames, zRespNames},
		asMD5:         {fMD5, fFilesMD5},
		asSHA1:        {fSHA1, fFilesSHA1},
		asSHA256:      {fSHA256, fFilesSHA256},
		asFingerprint: {fFingerprint},
		asJA3:         {fJA3Hash, fQUICJA3Hash},
		asJA3S:        {fJA3SHash, fQUICJA3SHash},
		asJA4:         {fJA4, fQUICJA4},
		asEmail:       {fFrom, fTo, fCC, fMailFrom, fRcptTo},
		asLink:        {fMailURL},
	} {
		for _, f := range fields {
			list[f] = c
		}
	}
	return list
}()

// putText takes a field's text: what the record as a whole says is kept by its
// field, what may be an observable with its place in the order.
func (r *record) putText(f field, text string) {
	if c := plainly[f]; c != asNothing {
		r.name(c, f, text)
		return
	}
	switch f {
	case fAnswerType:
		r.flat.kind = text
	case fAnswerData:
		r.flat.data = text
	case fAnswersType:
		r.element.kind = text
	case fAnswersData:
		r.element.data = text
	case fRRName, fQueryName, fQueriesName:
		if r.question == "" {
			r.question = text
		}
		r.name(asDomain, f, text)
	case fGroupedName:
		r.named = append(r.named, named{class: asDomain, field: f, answer: true, text: text})
	case fGroupedAddress, fGroupedAddress6:
		r.named = append(r.named, named{class: asAddress, field: f, answer: true, text: text})
	case fHostname:
		r.keepText(f, text)
		r.name(asHost, f, text)
	case fAttachment:
		r.files++
		r.name(asFileName, f, text)
	case fEventType:
		r.kind = kindOf(text)
	default:
		r.keepText(f, text)
	}
}

func (r *record) keepText(f field, text string) {
	r.mark(f)
	r.text[f] = text
}

// name notes a value; those of files are of the last one begun.
func (r *record) name(c class, f field, text string) {
	r.named = append(r.named, named{class: c, field: f, object: max(r.files-1, 0), text: text})
}
