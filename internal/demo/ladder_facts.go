package demo

import "github.com/tocsin-project/tocsin/internal/attribution"

// What is public of the attribution of WannaCry, step by step, with where it
// stands. Quoted words are those of the source; who rates, how, how sure of it a
// partner is, and that these parties ever shared one case, is simulated, and
// simulatedCase says so wherever the case is shown.

const simulatedCase = "A replay. The items of evidence, the quoted words and their dates are public facts with their sources. " +
	"That these parties shared one case, their ratings, probabilities, confidence, votes, keys and the content under the seal are simulated; " +
	"the times at which the log took the records are those of the replay."

// party is one who takes part in the case.
type party struct {
	name, country, kind string
	nation              bool
}

var parties = map[string]party{
	"us":       {"United States (replay)", "US", "government", true},
	"uk":       {"United Kingdom (replay)", "GB", "government", true},
	"au":       {"Australia (replay)", "AU", "government", true},
	"ca":       {"Canada (replay)", "CA", "government", true},
	"nz":       {"New Zealand (replay)", "NZ", "government", true},
	"jp":       {"Japan (replay)", "JP", "government", true},
	"vendor-a": {"Security vendor A (replay)", "FI", "security", false},
	"vendor-b": {"Security vendor B (replay)", "CH", "security", false},
}

// order is the order in which parties act, so that one seed gives one story.
var order = []string{"us", "uk", "au", "ca", "nz", "jp", "vendor-a", "vendor-b"}

var hypotheses = []attribution.Hypothesis{
	{ID: "north-korea", Title: "Actors of North Korea known as the Lazarus Group", Ref: "intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a"},
	{ID: "lazarus-for-gain", Title: "The Lazarus Group for its own gain, on nobody's order"},
	{ID: "criminals", Title: "Criminals who reused leaked and copied code"},
}

// judged is how one party sees an item against the hypotheses, in the order
// north-korea, lazarus-for-gain, criminals, false-flag.
type judged struct {
	by     string
	values [4]attribution.Value
	reason string
}

// item is a step's evidence and how it is seen.
type item struct {
	by      string
	sealed  string // content of a sealed item; "": not sealed
	is      attribution.Evidence
	ratings []judged
}

var firstOverlap = item{by: "vendor-a", is: attribution.Evidence{
	Title: "Code shared by a WannaCry sample of February 2017 and a Contopee backdoor of February 2015", Kind: attribution.Technical, Occurred: "2017-05-15",
	Source:      "A researcher's public post of two sample hashes with code offsets, 15 May 2017; two security vendors confirmed the overlap the same day (Reuters, http://uk.reuters.com/article/cyber-attack-northkorea-idUKL2N1IH1JN)",
	Reliability: "B", Credibility: 2, Relevance: "M", Forgeability: "H", Links: []string{"malware--75ecdbf1-c2bb-4afc-a3f9-c8da4de8c661"},
}, ratings: []judged{
	{"us", [4]attribution.Value{"C", "C", "I", "C"}, "seen in tools of that group only; but code can be copied on purpose"},
	{"uk", [4]attribution.Value{"C", "C", "N", "C"}, "a weak link on its own: whoever has the older sample has the code"},
	{"vendor-b", [4]attribution.Value{"C", "C", "N", "C"}, "the overlap is real; what it means is not clear yet"},
}}

var wormSample = item{by: "vendor-a", is: attribution.Evidence{
	Title: "The worm itself, by its published digest", Kind: attribution.Technical, Occurred: "2017-05-12",
	Digest:      "sha256:24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c",
	Source:      "Digest published by many vendors since 12 May 2017",
	Reliability: "A", Credibility: 1, Relevance: "L", Forgeability: "L",
}, ratings: []judged{
	{"us", [4]attribution.Value{"C", "C", "C", "C"}, "what was released; says nothing of who released it"},
	{"uk", [4]attribution.Value{"C", "C", "C", "C"}, "identifies the worm, not its maker"},
}}

const vendorReport = "A security vendor's report, 22 May 2017 (quoted in https://litigationconferences.com/from-symantec-wannacry-ransomware-attacks-show-strong-links-to-lazarus-group/)"

var sharedTools = item{by: "vendor-b", is: attribution.Evidence{
	Title: "Tools and infrastructure with strong links to the Lazarus Group on machines that earlier versions had infected", Kind: attribution.Infrastructure, Occurred: "2017-05-22",
	Source: vendorReport, Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "M",
}, ratings: []judged{
	{"us", [4]attribution.Value{"CC", "CC", "II", "I"}, "tools that only that group is known to have"},
	{"uk", [4]attribution.Value{"CC", "CC", "I", "I"}, "hard to come by for anybody else, and for no gain"},
	{"vendor-b", [4]attribution.Value{"C", "CC", "I", "I"}, "leads to the group; not to who gave the order"},
}}

var notAState = item{by: "vendor-b", is: attribution.Evidence{
	Title: "The attacks \"do not bear the hallmarks of a nation-state campaign but are more typical of a cybercrime campaign\"", Kind: attribution.Behavioural, Occurred: "2017-05-22",
	Source: vendorReport, Reliability: "B", Credibility: 3, Relevance: "M", Forgeability: "H",
}, ratings: []judged{
	{"us", [4]attribution.Value{"N", "C", "C", "N"}, "this state has stolen money before"},
	{"uk", [4]attribution.Value{"I", "C", "C", "N"}, "a state that collects ransom is unusual"},
	{"vendor-b", [4]attribution.Value{"I", "CC", "C", "N"}, "ransom, no target, no restraint"},
}}

var noUnlock = item{by: "uk", is: attribution.Evidence{
	Title: "Who paid did not get the files back: there was no working way to tell who had paid", Kind: attribution.Behavioural, Occurred: "2017-05",
	Source:      "Widely reported in May 2017; repeated in the White House briefing of 19 December 2017",
	Reliability: "B", Credibility: 2, Relevance: "M", Forgeability: "M",
}, ratings: []judged{
	{"us", [4]attribution.Value{"C", "I", "I", "C"}, "whoever lives on ransom needs payers to be served"},
	{"uk", [4]attribution.Value{"C", "I", "II", "C"}, "does not fit a business"},
}}

var pressReport = item{by: "us", is: attribution.Evidence{
	Title: "The press reports an assessment by the NSA: the Reconnaissance General Bureau, \"moderate confidence\", address ranges in China", Kind: attribution.Intelligence, Occurred: "2017-06-14",
	Source: "The Washington Post, 14 June 2017", Reliability: "C", Credibility: 3, Relevance: "H", Forgeability: "M",
}, ratings: []judged{
	{"us", [4]attribution.Value{"C", "I", "I", "N"}, "an assessment, reported at second hand"},
	{"uk", [4]attribution.Value{"C", "N", "I", "N"}, "we have not seen what it rests on"},
	{"vendor-b", [4]attribution.Value{"N", "N", "N", "N"}, "cannot be checked by us"},
}}

var sealedAnalysis = item{by: "us", sealed: "Simulated content: the analysis that five governments had seen before 19 December 2017 was never published.", is: attribution.Evidence{
	Title: "The analysis that five governments have seen (sealed; the content is simulated)", Kind: attribution.Intelligence, Occurred: "2017-12",
	Source:      "\"The United Kingdom, Australia, Canada, New Zealand and Japan have seen our analysis\" (White House briefing, 19 December 2017, https://www.radionz.co.nz/news/political/346600/us-blames-n-korea-for-wannacry-attack)",
	Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "L",
}, ratings: []judged{
	{"us", [4]attribution.Value{"CC", "I", "II", "I"}, "operational infrastructure, tradecraft and routine of earlier attacks"},
	{"uk", [4]attribution.Value{"CC", "I", "I", "I"}, "agrees with our own analysis"},
	{"ca", [4]attribution.Value{"C", "N", "I", "N"}, "consistent with our own findings"},
}}

var complaint = item{by: "us", is: attribution.Evidence{
	Title: "A criminal complaint is unsealed: mail and social accounts, accounts that shared addresses, the lineage of an SMB worm", Kind: attribution.Technical, Occurred: "2018-09-06",
	Source: "United States Department of Justice, complaint unsealed on 6 September 2018; sanctions the same day", Reliability: "A", Credibility: 2, Relevance: "H", Forgeability: "L",
}, ratings: []judged{
	{"us", [4]attribution.Value{"CC", "I", "II", "II"}, "accounts, addresses and code lead to the same people, who worked for a company of the state"},
	{"uk", [4]attribution.Value{"CC", "I", "II", "I"}, "for the first time public in detail"},
	{"vendor-b", [4]attribution.Value{"C", "N", "II", "I"}, "much of it can be checked by outsiders"},
}}

// ballot is a party's vote in its own words.
type ballot struct {
	by         string
	vote       attribution.Choice
	confidence attribution.Confidence
	occurred   string
	words      string
}

var december = []ballot{
	{"us", attribution.Endorse, "high", "2017-12-19", "\"The attack was widespread and cost billions, and North Korea is directly responsible.\" (18 December 2017)"},
	{"uk", attribution.Endorse, "high", "2017-12-19", "The National Cyber Security Centre \"assesses it is highly likely that North Korean actors known as the Lazarus Group were behind the WannaCry ransomware campaign\". (https://www.gov.uk/government/news/foreign-office-minister-condemns-north-korean-actor-for-wannacry-attacks)"},
	{"au", attribution.Endorse, "high", "2017-12-20", "\"Based on advice from our intelligence agencies, and through consultations with our allies, we confirm that North Korea carried out the 'WannaCry' ransomware campaign.\""},
	{"ca", attribution.Endorse, "moderate", "2017-12-19", "What allies and partners say of the role of actors in North Korea agrees with our own analysis. (Paraphrased from the statement of the Communications Security Establishment.)"},
	{"nz", attribution.Endorse, "moderate", "2017-12-20", "\"Cyber threat analysis from a range of sources, including the United States and the United Kingdom, attributes WannaCry to North Korean cyber threat actors.\""},
	{"jp", attribution.Endorse, "moderate", "2017-12-20", "Japan \"denounces North Korea's involvement behind the 'WannaCry' incidents\". (Provisional translation, https://www.mofa.go.jp/press/kaiken/kaiken4e_000451.html)"},
	{"vendor-a", attribution.Abstain, "low", "2017-12-19", "The code overlap stands. Who gave an order, code cannot tell. (Simulated vote.)"},
	{"vendor-b", attribution.Dissent, "moderate", "2017-12-19", "The attacks \"do not bear the hallmarks of a nation-state campaign but are more typical of a cybercrime campaign\". (Words of 22 May 2017; that they are a vote of December is simulated.)"},
}

var september = []ballot{
	{"us", attribution.Endorse, "high", "2018-09-06", "The complaint lays out what the accusation rests on. (Simulated vote.)"},
	{"uk", attribution.Endorse, "high", "2018-09-06", "The published detail agrees with our assessment. (Simulated vote.)"},
	{"au", attribution.Endorse, "high", "2018-09-06", "We confirm what we said. (Simulated vote.)"},
	{"ca", attribution.Endorse, "moderate", "2018-09-06", "Consistent with our own analysis. (Simulated vote.)"},
	{"nz", attribution.Endorse, "moderate", "2018-09-06", "Supported. (Simulated vote.)"},
	{"jp", attribution.Endorse, "moderate", "2018-09-06", "Supported. (Simulated vote.)"},
	{"vendor-b", attribution.Abstain, "moderate", "2018-09-06", "Much can now be checked; that a state ordered it still cannot, by us. (Simulated vote.)"},
}

// weights are the nations' sealed probabilities before the vote of December, in
// the order north-korea, lazarus-for-gain, criminals, unknown, other, false-flag.
var weights = map[string][6]int{
	"us": {9000, 400, 200, 200, 100, 100}, "uk": {8800, 500, 200, 300, 100, 100}, "au": {8500, 600, 300, 400, 100, 100},
	"ca": {8000, 900, 300, 600, 100, 100}, "nz": {7500, 1000, 500, 700, 200, 100}, "jp": {8200, 700, 400, 500, 100, 100},
}

var denials = []attribution.Answer{
	{From: "Democratic People's Republic of Korea, through its mission to the United Nations", Relation: attribution.Denial, Occurred: "2017-05-19", Text: "A denial on record from before this statement; its words are not quoted here."},
	{From: "Democratic People's Republic of Korea", Relation: attribution.Denial, Occurred: "2017-11", Text: "A denial on record from before this statement, after the accusation by a minister of the United Kingdom; its words are not quoted here."},
	{From: "Democratic People's Republic of Korea, a spokesman of the Foreign Ministry through KCNA", Relation: attribution.Denial, Occurred: "2017-12-21", Text: "The United States \"is unreasonably accusing the DPRK without any forensic evidence\". \"As we have clearly stated on several occasions, we have nothing to do with cyber-attack\"."},
}

// denialSources is where each of denials can be looked up.
var denialSources = []string{"Press reports of 19 May 2017", "Press reports of early November 2017", "Xinhua, 21 December 2017, http://www.xinhuanet.com/english/2017-12/21/c_136843134.htm"}
