package dossier

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// readRecords reads the lines of the records once; the error is the same each time.
func (v *verifier) readRecords() error {
	if v.recordsRead {
		return v.recordsErr
	}
	v.recordsRead = true
	text, err := v.file(fileRecords)
	if err != nil {
		v.recordsErr = err
		return err
	}
	if v.records, err = parseRecords(text); err != nil {
		v.recordsErr = fmt.Errorf("%s: %w", fileRecords, err)
	}
	return v.recordsErr
}

// checkRecords folds the records by the rules of a case.
func (v *verifier) checkRecords() (string, error) {
	if err := v.readRecords(); err != nil {
		return "", err
	}
	c, err := attribution.Replay(opened(v.records))
	if err != nil {
		return "", fmt.Errorf("%s: %w", fileRecords, err)
	}
	v.theCase = c
	if c.Current() == nil {
		return "", fmt.Errorf("%s: %w", fileRecords, errNoStatement)
	}
	return fmt.Sprintf("%s, one chain: %s of evidence, %s, %s", count(c.Records, "record"), count(len(c.Evidence), "item"),
		count(len(c.Ratings), "rating")+" in force", count(len(c.Statements), "statement")), nil
}

// checkReplies holds the signatures of replies against their text.
func (v *verifier) checkReplies() (string, error) {
	if err := v.readRecords(); err != nil {
		return "", notMade("records")
	}
	replies, signed := 0, 0
	for _, l := range v.records {
		if l.opened.Record.Kind != attribution.KindReply {
			continue
		}
		var r attribution.Reply
		if err := l.body(&r); err != nil {
			return "", err
		}
		replies++
		if !r.Signed() {
			continue
		}
		signed++
		if err := verifyReply(r); err != nil {
			return "", fmt.Errorf("%s: line %d: reply of %q: %w", fileRecords, l.opened.Record.N, r.Document.From, err)
		}
	}
	if replies == 0 {
		return "nobody has replied", nil
	}
	return fmt.Sprintf("%s, %d signed, the others recorded with a source", count(replies, "reply"), signed), nil
}

func verifyReply(r attribution.Reply) error {
	message, err := r.Document.Message()
	if err != nil {
		return err
	}
	key, err := signature.ParsePublic(r.Key)
	if err != nil {
		return err
	}
	return key.Verify(message, signature.Signature{Ed25519: r.Signature})
}

// checkSeals opens what is opened.
func (v *verifier) checkSeals() (string, error) {
	if err := v.readRecords(); err != nil {
		return "", notMade("records")
	}
	seals := make(map[attribution.EvidenceID]string)
	openings := 0
	for _, l := range v.records {
		switch l.opened.Record.Kind {
		case attribution.KindEvidence:
			var e attribution.Evidence
			if err := l.body(&e); err != nil {
				return "", err
			}
			if e.Seal != "" {
				seals[e.ID] = e.Seal
			}
		case attribution.KindUnsealed:
			var u attribution.Unsealing
			if err := l.body(&u); err != nil {
				return "", err
			}
			openings++
			content, err := attribution.ParseNamed(u.Digest)
			if err == nil && attribution.Seal(u.Salt, content).Named() != seals[u.Evidence] {
				err = fmt.Errorf("salt and digest do not give the seal of %q", u.Evidence)
			}
			if err != nil {
				return "", fmt.Errorf("%s: line %d: %w", fileRecords, l.opened.Record.N, err)
			}
		}
	}
	if len(seals) == 0 {
		return "nothing is under a seal", nil
	}
	return fmt.Sprintf("%s under a seal; what is opened matches: %s", count(len(seals), "item"), count(openings, "opening")), nil
}
