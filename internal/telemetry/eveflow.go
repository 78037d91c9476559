package telemetry

import "strconv"

const flagSYN = 0x02 // RFC 9293, section 3.1

// contact says whether a flow's beginning was seen, and whether it was in
// vain: no packet came back, or for TCP none that accepts (SYN and ACK).
func (r *record) contact(proto string) (contact, failed bool) {
	packets := r.countOf(fPacketsToClient, -1)
	failed = packets == 0 || packets < 0 && r.countOf(fBytesToClient, -1) == 0 || r.textOf(fFlowState) == "new"
	if proto != "tcp" {
		return true, failed
	}
	switch r.textOf(fTCPState) {
	case "syn_sent", "rejected":
		failed = true
	}
	client, known := flags(r.textOf(fTCPFlagsClient))
	if !known {
		client, known = flags(r.textOf(fTCPFlags))
	}
	if server, given := flags(r.textOf(fTCPFlagsServer)); given && server&flagSYN == 0 && client&flagSYN != 0 {
		failed = true // answered by a reset alone
	}
	// A connection that was under way when the sensor came up shows no SYN.
	return !known || client&flagSYN != 0, failed
}

// flags reads TCP flags in hexadecimal, as "1b".
func flags(text string) (bits uint64, ok bool) {
	bits, err := strconv.ParseUint(text, 16, 8)
	return bits, err == nil
}
