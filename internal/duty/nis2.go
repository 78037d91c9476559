package duty

import "time"

// BuiltIn are the templates that every hub has: the reporting obligations of Article
// 23(4) of Directive (EU) 2022/2555 (NIS 2), first for essential and important
// entities, then for trust service providers, which by the derogation at its end
// notify within 24 hours.
//
// Member States' law and their authorities' own forms come before the directive:
// where they ask for more, a template of one's own says so.
func BuiltIn() []Template {
	return []Template{
		nis2("nis2", "NIS2: significant incident", "", 72*time.Hour),
		nis2("nis2-trust-service", "NIS2: significant incident at a trust service provider", ", as Article 23(4), second subparagraph, has it for trust services", 24*time.Hour),
	}
}

func nis2(id, name, derogation string, notify time.Duration) Template {
	day := Period{Time: 24 * time.Hour}
	month := Period{Months: 1}
	return Template{
		ID: id, Name: name, Authority: "the CSIRT or, where applicable, the competent authority",
		Law: "Directive (EU) 2022/2555, Article 23",
		Stages: []Stage{{
			// Point (a): without undue delay and in any event within 24 hours of becoming
			// aware of the significant incident.
			Key: "early-warning", Name: "Early warning", Law: "Article 23(4)(a)", Within: day, After: FromAware,
			Fields: []Field{reporter(), aware(), incident(), malicious(), borders(false)},
		}, {
			// Point (b): within 72 hours of becoming aware; it updates point (a).
			Key: "notification", Name: "Incident notification", Law: "Article 23(4)(b)" + derogation, Within: Period{Time: notify}, After: FromAware,
			Fields: []Field{reporter(), aware(), incident(), malicious(), borders(false), severity(), impactField(),
				{Key: "indicators", Label: "Indicators of compromise, where available", From: FactIndicators}},
		}, {
			// Point (c): upon the request of a CSIRT or of the competent authority.
			Key: "intermediate", Name: "Intermediate report", Law: "Article 23(4)(c), on request",
			Fields: []Field{
				{Key: "requested", Label: "Who asked for it, and when", Required: true},
				{Key: "status", Label: "Relevant status updates", Required: true, From: FactIncident}, impactField(), mitigation()},
		}, {
			// Point (d): not later than one month after the submission of the incident
			// notification under point (b), and not after becoming aware.
			Key: "final", Name: "Final report", Law: "Article 23(4)(d)", Within: month, After: "notification",
			Fields: []Field{
				{Key: "description", Label: "Detailed description of the incident", Required: true, From: FactIncident}, // (d)(i)
				severity(), impactField(),
				{Key: "cause", Label: "Type of threat or root cause that is likely to have triggered the incident", Required: true, From: FactMalicious}, // (d)(ii)
				mitigation(),  // (d)(iii)
				borders(true), // (d)(iv)
				{Key: "exposure", Label: "Which systems were open to it", From: FactExposure}},
		}, {
			// Point (e): where the incident is ongoing when the final report would be due, a
			// progress report then, and the final one within one month of handling it.
			Key: "progress", Name: "Progress report, while the incident lasts", Law: "Article 23(4)(e)", Defers: "final",
			Fields: []Field{
				{Key: "status", Label: "What has been done, and what is still going on", Required: true, From: FactIncident},
				severity(), impactField(), mitigation()},
		}},
	}
}

func reporter() Field {
	return Field{Key: "reporter", Label: "Who reports, and how to reach them", Required: true, From: FactReporter}
}

func aware() Field {
	return Field{Key: "aware", Label: "When the entity became aware of the incident", Required: true, From: FactAware}
}

func incident() Field {
	return Field{Key: "incident", Label: "The incident in short", Required: true, From: FactIncident}
}

func malicious() Field {
	return Field{Key: "malicious", Label: "Is it suspected of being caused by unlawful or malicious acts?",
		Help: "yes, no or not known, and why", Required: true, From: FactMalicious}
}

func borders(final bool) Field {
	label := "Could it have a cross-border impact?"
	if final {
		label = "Cross-border impact of the incident, where applicable"
	}
	return Field{Key: "cross-border", Label: label, Help: "the entity's own services in other Member States; where others have seen it is filled in", Required: !final, From: FactBorders}
}

func severity() Field {
	return Field{Key: "severity", Label: "Severity", Help: "Article 23(3): operational disruption, financial loss, damage to others", Required: true, From: FactSeverity}
}

func impactField() Field {
	return Field{Key: "impact", Label: "Impact", Help: "infected and disrupted apart; people affected", Required: true, From: FactImpact}
}

func mitigation() Field {
	return Field{Key: "mitigation", Label: "Applied and ongoing mitigation measures", Required: true, From: FactActions}
}
