package page_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

func opening(t testing.TB) attribution.Opening {
	p, err := attribution.ParsePolicy("all of [states: 2 of [" + string(partner(1)) + ", " + string(partner(2)) + ", " + string(partner(3)) + "], harmed: all of [" + string(partner(4)) + "]]")
	if err != nil {
		t.Fatal(err)
	}
	return attribution.Opening{
		ID: caseID, Party: called[1], Question: "Who put the wiper into the hospitals' update?", Outbreak: "Grey update", Policy: p,
		Members:   map[access.PartnerID]string{partner(1): called[1], partner(2): called[2], partner(3): called[3], partner(4): called[4]},
		Simulated: "Everything here is made up for a test: places, parties, evidence.",
		Hypotheses: []attribution.Hypothesis{
			{ID: "red-fox", Title: "The group called Red Fox"},
			{ID: "blue-heron", Title: "The group called Blue Heron", Ref: "intrusion-set--00000000-0000-4000-8000-0000000000b1"},
		},
	}
}

// tale is a case with everything that a case can have.
func tale(t testing.TB) []attribution.Opened {
	s := &teller{t: t}
	s.tell(attribution.KindOpened, 1, opening(t))
	s.tell(attribution.KindHypothesis, 2, attribution.Proposal{Case: caseID, Party: called[2], Hypothesis: attribution.Hypothesis{ID: "insider", Title: "Somebody at the maker", Ref: "identity--00000000-0000-4000-8000-0000000000e1"}})
	s.items()
	s.ratings()
	s.probabilities()
	s.finding()
	s.afterwards()
	return s.records
}

func (s *teller) items() {
	file := func(by int, e attribution.Evidence) {
		e.Case, e.Party = caseID, called[by]
		s.tell(attribution.KindEvidence, by, e)
	}
	file(1, attribution.Evidence{
		ID: evidenceID(1), Title: "Compiler and library of the wiper, as in Red Fox's tools", Kind: attribution.Technical, Digest: named("comparison"),
		Source: "https://lab.example/wiper/comparison?v=2", Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "M", Occurred: "2 March 2024",
		Custody: []attribution.Handover{{At: "2 March 2024", By: "Hospital trust", Note: "Disk image taken"}, {At: "3 March 2024", By: "Northland CERT", Note: "Image received, digest compared"}},
		Method: &attribution.Method{
			Tool: "bindiff", Version: "8.1", Arguments: []string{"--format", "text"}, Inputs: []string{named("wiper"), named("red-fox tool")}, Outputs: []string{named("comparison")},
		},
		Links: []string{"malware--00000000-0000-4000-8000-0000000000a1", "indicator--01900000-0000-7000-8000-0000000000a2"},
	})
	file(2, attribution.Evidence{
		ID: evidenceID(2), Title: "Comments in the language of Eastland", Kind: attribution.Linguistic, Source: "Westland agency, internal report 12 (redacted)",
		Reliability: "C", Credibility: 3, Relevance: "L", Forgeability: "H",
	})
	file(3, attribution.Evidence{
		ID: evidenceID(3), Title: "Intercepted order to the operators", Kind: attribution.Intelligence,
		Seal:        attribution.Seal(attribution.Salt{7}, attribution.Digest{9}).Named(),
		Reliability: "A", Credibility: 1, Relevance: "H", Forgeability: "L",
	})
	file(1, attribution.Evidence{
		ID: evidenceID(4), Title: "Addresses from which the update was placed", Kind: attribution.Infrastructure, Source: "192.0.2.17, 198.51.100.4", Reliability: "F", Credibility: 6, Relevance: "M", Forgeability: "M",
	})
	file(1, attribution.Evidence{
		ID: evidenceID(5), Title: "Addresses from which the update was placed, corrected", Kind: attribution.Infrastructure, Source: "192.0.2.17", Reliability: "B", Credibility: 3, Relevance: "M", Forgeability: "M",
		Replaces: evidenceID(4), Method: &attribution.Method{Tool: "whois", Version: "5.5"},
	})
	file(4, attribution.Evidence{
		ID: evidenceID(6), Title: "Working hours of the operators", Kind: attribution.Technical, Digest: named("hours"), Reliability: "D", Credibility: 4, Relevance: "M", Forgeability: "H",
		Method: &attribution.Method{Tool: "histogram", Version: "1"},
	})
	s.tell(attribution.KindMark, 3, attribution.Mark{Case: caseID, Party: called[3], Evidence: evidenceID(2), Status: attribution.ItemContested, Reason: "Planted: the comments were added after the build."})
	s.tell(attribution.KindMark, 4, attribution.Mark{Case: caseID, Party: called[4], Evidence: evidenceID(6), Status: attribution.ItemWithdrawn, Reason: "The clock of the server was wrong."})
}

func (s *teller) ratings() {
	for _, h := range []attribution.HypothesisID{"red-fox", "blue-heron", "insider"} {
		agrees, likely := attribution.Value("C"), 0.75
		if h == "blue-heron" {
			agrees, likely = "II", 0.125
		}
		s.rate(1, 1, h, agrees, likely, "Compared by hand as well.")
		s.rate(2, 2, h, "N", 0, "Anybody can write comments.")
		s.rate(3, 5, h, "I", 0, "Rented by the hour.")
	}
	s.rate(1, 3, "red-fox", "CC", 0, "It names them.")
	s.rate(1, 3, "blue-heron", "I", 0, "It does not name them.")
	s.rate(1, 3, "insider", "II", 0, "Nobody at the maker is named.")
	s.rate(4, 3, "red-fox", "I", 1e-7, "We have not seen it.")
	s.rate(4, 1, "red-fox", "N", 0, "Tools are sold.")
	s.rate(1, 1, "unknown", "N", 0, "Says nothing of it.")
}

func (s *teller) probabilities() {
	shares := map[int]attribution.Vector{
		1: {"red-fox": 700_000, "blue-heron": 50_000, "unknown": 250_000},
		3: {"red-fox": 1, "insider": 1, "false-flag": 2},
	}
	salt := attribution.Salt{1, 2, 3}
	for _, by := range []int{1, 3} {
		seal, err := attribution.SealVector(salt, shares[by])
		s.must(err)
		s.tell(attribution.KindCommitted, by, attribution.Commitment{Case: caseID, Party: called[by], Round: 1, Seal: seal.Named()})
	}
	s.tell(attribution.KindRound, 1, attribution.Closing{Case: caseID, Party: called[1], Round: 1})
	for _, by := range []int{3, 1} {
		s.tell(attribution.KindRevealed, by, attribution.Revelation{Case: caseID, Party: called[by], Round: 1, Salt: salt, Vector: shares[by]})
	}
}

func (s *teller) finding() {
	first := attribution.Document{
		Act: attribution.Finding, Version: 1, Finding: "red-fox", Likelihood: "very-likely", Confidence: "moderate",
		Text:  "Red Fox put the wiper into the update.\nWe do not say who pays them.",
		Cites: []attribution.EvidenceID{evidenceID(1), evidenceID(3)},
		Gaps:  []string{"How they came to the maker's signing key."}, WouldChange: []string{"A build of the wiper older than Red Fox."},
	}
	draft := first
	draft.Confidence, draft.Gaps = "high", nil
	s.state(2, draft)
	s.vote(3, attribution.Dissent, "low", "High confidence is too much.")
	s.state(1, first)
	s.vote(1, attribution.Abstain, "low", "First we wait for the others.")
	s.vote(1, attribution.Endorse, "high", "Red Fox, as certain as one can be.")
	s.vote(2, attribution.Endorse, "moderate", "Likely Red Fox.")
	s.vote(3, attribution.Dissent, "low", "The evidence is thin: one sealed item, one tool that is sold.")
	s.vote(5, attribution.Abstain, "moderate", "We have rated, and take no side.")
	s.vote(4, attribution.Endorse, "moderate", "We were harmed, and we agree.")
	s.publish(1)
}

// published is how many records there are when the first statement is out.
func published(records []attribution.Opened) int {
	for i, r := range records {
		if r.Record.Kind == attribution.KindPublished {
			return i + 1
		}
	}
	return 0
}

func (s *teller) afterwards() {
	s.reply(1, attribution.Denial, "We have nothing to do with it. Nobody has shown us any evidence.", "https://ministry.example/2024/denial", 0)
	s.tell(attribution.KindUnsealed, 2, attribution.Unsealing{Case: caseID, Party: called[2], Evidence: evidenceID(3), Salt: attribution.Salt{7}, Digest: attribution.Digest{9}.Named()})
	previous := s.digest
	s.state(1, attribution.Document{
		Act: attribution.Update, Version: 2, Previous: previous, Finding: "insider", Likelihood: "even-chance", Confidence: "low",
		Text: "An account at the maker was used.", Cites: []attribution.EvidenceID{evidenceID(2)}, Occurred: "20 March 2024",
	})
	s.vote(1, attribution.Endorse, "low", "The order was forged.")
	s.vote(2, attribution.Endorse, "low", "Agreed.")
	s.vote(4, attribution.Endorse, "low", "Agreed, with regret.")
	s.publish(2)
	s.reply(2, attribution.Comment, "We take note.", "", 90)
	s.reply(2, attribution.Denial, "Our people did not do it.", "a letter of the ministry", 90)
	previous = s.digest
	s.state(1, attribution.Document{
		Act: attribution.Withdrawal, Version: 3, Previous: previous, Finding: "insider", Likelihood: "even-chance", Confidence: "low",
		Text: "The account had been stolen.", Cites: []attribution.EvidenceID{evidenceID(2)},
	})
	s.vote(4, attribution.Endorse, "high", "We withdraw.")
	s.vote(3, attribution.Endorse, "high", "At last.")
	s.vote(2, attribution.Endorse, "high", "We withdraw.")
	s.publish(1)
	previous = s.digest
	s.state(1, attribution.Document{
		Act: attribution.Update, Version: 4, Previous: previous, Finding: "blue-heron", Likelihood: "likely", Confidence: "high",
		Text: "Blue Heron, who stole the account.", Cites: []attribution.EvidenceID{evidenceID(1), evidenceID(5)},
	})
	for _, by := range []int{1, 2, 4} {
		s.vote(by, attribution.Endorse, "high", "Blue Heron.")
	}
	s.publish(1)
	s.vote(2, attribution.Dissent, "moderate", "On second thoughts we are not sure.")
	s.vote(1, attribution.Dissent, "moderate", "Nor are we.")
}
