package attribution

// The tables of docs/dossier-made.md, "Words": what a dossier's page and bundle
// say to people instead of the codes of the records. What is in none of them is
// said as it is.

// Words is the likelihood with the range that ICD 203 (section D.6.e.2.a) gives it.
func (l Likelihood) Words() string {
	switch l {
	case "almost-no-chance":
		return "almost no chance (1-5 %)"
	case "very-unlikely":
		return "very unlikely (5-20 %)"
	case "unlikely":
		return "unlikely (20-45 %)"
	case "even-chance":
		return "roughly even chance (45-55 %)"
	case "likely":
		return "likely (55-80 %)"
	case "very-likely":
		return "very likely (80-95 %)"
	case "almost-certain":
		return "almost certain (95-99 %)"
	}
	return string(l)
}

// Word is low, medium or high.
func (g Grade) Word() string {
	switch g {
	case Low:
		return "low"
	case Medium:
		return "medium"
	case High:
		return "high"
	}
	return string(g)
}

// Words is what the Admiralty code's letter says.
func (r Reliability) Words() string {
	switch r {
	case "A":
		return "completely reliable"
	case "B":
		return "usually reliable"
	case "C":
		return "fairly reliable"
	case "D":
		return "not usually reliable"
	case "E":
		return "unreliable"
	case "F":
		return "reliability cannot be judged"
	}
	return string(r)
}

// Words is what the Admiralty code's digit says.
func (c Credibility) Words() string {
	switch c {
	case 1:
		return "confirmed"
	case 2:
		return "probably true"
	case 3:
		return "possibly true"
	case 4:
		return "doubtful"
	case 5:
		return "improbable"
	}
	return "truth cannot be judged"
}

// Words is the rating spelled out.
func (v Value) Words() string {
	switch v {
	case VeryConsistent:
		return "CC (very consistent)"
	case Consistent:
		return "C (consistent)"
	case Neutral:
		return "N (neutral)"
	case Inconsistent:
		return "I (inconsistent)"
	case VeryInconsistent:
		return "II (very inconsistent)"
	}
	return string(v)
}

// Verb is what the voter does.
func (c Choice) Verb() string {
	switch c {
	case Endorse:
		return "endorses"
	case Dissent:
		return "dissents"
	case Abstain:
		return "abstains"
	}
	return string(c)
}

// LabelWords is what a label of Case.Labels says.
func LabelWords(label string) string {
	switch label {
	case RestsOnForgeable:
		return "Rests only on evidence that is easy to forge or sealed."
	case NoLongerCarried:
		return "No longer carried: the votes as they now stand do not satisfy the decision rule."
	case Contested:
		return "Contested: there is a denial or a dissenting vote."
	case TakenBack:
		return "Withdrawn by those who made it."
	}
	return label
}
