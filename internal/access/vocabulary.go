package access

import "strings"

// Kinds are the usual kinds of partner; others are allowed. A hub is another
// community's: whatever its partners say, it speaks with one voice here.
var Kinds = []string{"government", "cert", "provider", "vendor", "security", "operator", "hub"}

// Sectors are the values of STIX 2.1's industry-sector-ov (section 10.10), an
// open vocabulary: others are allowed.
var Sectors = []string{
	"agriculture", "aerospace", "automotive", "chemical", "commercial", "communications", "construction", "defense",
	"education", "energy", "entertainment", "financial-services", "government", "emergency-services", "government-local",
	"government-national", "government-public-services", "government-regional", "healthcare", "hospitality-leisure",
	"infrastructure", "dams", "nuclear", "water", "insurance", "manufacturing", "mining", "non-profit", "pharmaceuticals",
	"retail", "technology", "telecommunications", "transportation", "utilities",
}

// countries are the 249 officially assigned codes of ISO 3166-1 alpha-2.
const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ" +
	" BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ" +
	" CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ" +
	" DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR" +
	" GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY" +
	" HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP" +
	" KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY" +
	" MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ" +
	" NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA" +
	" RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ" +
	" TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ" +
	" VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "

// IsCountry says whether code is an officially assigned ISO 3166-1 alpha-2
// code, in capitals.
func IsCountry(code string) bool {
	return len(code) == 2 && code[0] != ' ' && code[1] != ' ' && strings.Contains(countries, " "+code+" ")
}

// isWord says whether s is 2 to 64 small letters, digits and '-': open
// vocabularies are spelled so, and what is counted must not differ by case.
func isWord(s string) bool {
	return len(s) >= 2 && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
