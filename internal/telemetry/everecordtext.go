package telemetry

// putText takes a field's text: what the record as a whole says is kept by its
// field, what may be an observable with its place in the order.
func (r *record) putText(f field, text string) {
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
	case fAnswersName, fGroupedHost, fGroupedPointer, fGroupedMail, fSNI, fQUICName:
		r.name(asDomain, f, text)
	case fGroupedName:
		r.named = append(r.named, named{class: asDomain, field: f, answer: true, text: text})
	case fGroupedAddress, fGroupedAddress6:
		r.named = append(r.named, named{class: asAddress, field: f, answer: true, text: text})
	case fSourceIP, fDestIP:
		r.name(asAddress, f, text)
	case fHostname:
		r.keepText(f, text)
		r.name(asHost, f, text)
	case fFileName, fFilesName:
		r.name(asFileName, f, text)
	case fMD5, fSHA1, fSHA256:
		r.name(asMD5+class(f-fMD5), f, text)
	case fFilesMD5, fFilesSHA1, fFilesSHA256:
		r.name(asMD5+class(f-fFilesMD5), f, text)
	case fFingerprint:
		r.name(asFingerprint, f, text)
	case fJA3Hash, fQUICJA3Hash:
		r.name(asJA3, f, text)
	case fJA3SHash, fQUICJA3SHash:
		r.name(asJA3S, f, text)
	case fJA4, fQUICJA4:
		r.name(asJA4, f, text)
	case fFrom, fTo, fCC, fMailFrom, fRcptTo:
		r.name(asEmail, f, text)
	case fAttachment:
		r.files++
		r.name(asFileName, f, text)
	case zAnswers, zCertNames:
		r.name(asDomain, f, text)
	case zSenders, zReceivers:
		r.name(asAddress, f, text)
	case zOrigNames, zRespNames:
		r.name(asFileName, f, text)
	case fMailURL:
		r.name(asLink, f, text)
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
