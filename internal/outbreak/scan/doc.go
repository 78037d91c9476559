// Package scan finds hosts that scan in who contacts whom. Four rules make a
// source a scanner of a port for a window of one hour of the records' time; then
// it is judged anew. Only the first contact with a target counts, later ones say
// nothing new. A source is judged on each port by itself: a scan is of a port, and
// a host's many successful contacts with web servers would hide it.
//
// # The walk
//
// Threshold Random Walk (Jung, Paxson, Berger, Balakrishnan: Fast Portscan
// Detection Using Sequential Hypothesis Testing, IEEE S&P 2004): a failed first
// contact multiplies the likelihood ratio by (1-theta1)/(1-theta0) = 4, a
// successful one by theta1/theta0 = 1/4. At 99 the source is a scanner, at 1/99
// it is benign; both thresholds are in truth 256, four steps from 1. So four
// failures in a row suffice, and Wald's 5.41 contacts are 6.61: see Wald.
//
// # After a benign verdict
//
// The paper stops there. A host that was benign this morning may be infected at
// noon, so the test must go on, and how is what false alarms depend on. Restart
// begins a new walk after each verdict. Reverse (Schechter, Jung, Berger: Fast
// Detection of Scanning Worm Infections, RAID 2004, section 3, from memory) looks
// back from each contact, L = max(1, L times the contact's factor), so that the
// past cannot outweigh the present; but it begins a test with each contact, at
// the full error rate. Stricter, the default, is the paper's walk up to its first
// verdict and the reverse test from then on, with alpha divided among the first
// contacts of the window (at least 8, counted in powers of 2): a busy source is
// asked more often and must not therefore be flagged more often.
//
// False alarms a day of a benign source by the contacts that it makes an hour and
// the share of them that fails, and first contacts until it is flagged once it is
// infected, with 95 % failing, after an hour of its usual (FalseAlarms, Delay;
// 10 million contacts and 50,000 infections each, seed 3 and 4):
//
//	an hour  failing  Stricter        Restart         Reverse
//	10        5 %     0.0000   6.5    0.0005   5.9    0.0018   4.3
//	10       10 %     0.0024   6.5    0.0078   5.7    0.026    4.3
//	10       20 %     0.086    6.3    0.139    5.4    0.43     4.1
//	100       5 %     0.0000   7.7    0.0046   5.6    0.018    4.3
//	100      10 %     0.0036   7.6    0.078    5.5    0.26     4.2
//	100      20 %     0.19     7.4    1.39     5.4    4.3      4.1
//
// The price is two contacts, three of a busy source: less than a second of a worm
// that scans at ten a second, and under the ten scans of Weaver, Staniford and
// Paxson (2004). A source that was never heard of on the port, which is what an
// infected host mostly is, needs four in each case.
//
// # Fan-out
//
// UDP and one-sided routing hide failures. Sources with 64 first contacts in a
// window get a HyperLogLog sketch of their targets, 1,024 registers, 3.25 % error.
// A scanner is who has 1,024 targets in a window and four times what is usual for
// it on this port: the most of its windows of late, halved with each day. Resolvers,
// proxies and mail servers are as busy as they were. Nothing is flagged in the
// first window, when nothing is known to be usual. In a made week of four such
// servers (TestBusyServersAreSeldomFlagged) there was no false alarm, and twelve
// times their usual was found in all of them. What this rule cannot see: a scan
// that was going on in the first window, and one that grows by less than four
// times a window. What it flags wrongly: a new resolver, every hour, for from a
// window in which a source is flagged nothing is learned; and a burst of four
// times the usual.
//
// # Dark space
//
// A contact with an address that nobody uses has failed whatever the record says,
// and is counted. Three distinct ones make a scanner: one is a mistake in
// somebody's settings.
//
// # Memory, and what is forgotten first
//
// The partner's own hosts and others have tables of their own, so that addresses
// invented elsewhere push out none of the partner's. Of contacts, the one not used
// for longest goes first: its target then counts again. Of sources, first those
// idle for a window, then those without a failure to their account, then the less
// failed and the less busy, then scanners of before, last scanners: invented sources
// push out a scanner only if there are enough of them that are flagged themselves.
// A million sources on one port, with four to eight targets each, take 120 MiB.
//
// Times may jump. Nothing is kept or forgotten by more than the distance of two
// times, in either direction, so that a record from the wrong century costs its own
// source its walk, or a scanner's port its counts, and no more.
package scan
