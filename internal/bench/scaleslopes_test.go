package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// seen has ten partners report what they saw: each value first, and each once more.
func (r *run) seen() {
	r.Helper()
	const partners, reports, each = 10, 1000, 1000
	h := r.newHub()
	var tokens []string
	for i := range partners {
		_, token := h.partner(fmt.Sprint("Partner ", i), "contributor")
		tokens = append(tokens, token)
	}
	held, disk := r.rest(h), sizeOf(r, h.data)
	for round, what := range []string{"of a value that the partner had not reported", "of one that it had"} {
		began, worked := time.Now(), processorOf(r, h.pid())
		for n := range reports {
			h.as(tokens[n%partners]).post("/api/v1/sightings", reportOf(round, n, n/partners*each, each), new(any))
		}
		value := fmt.Sprintf("name%d.example", reports/partners*each-1)
		for h.as(tokens[0]).sightings(value) < partners*(round+1) {
			if time.Since(began) > patience {
				r.Fatalf("%d events of %s are not counted after %s", partners*(round+1), value, patience)
			}
			time.Sleep(pause)
		}
		took, busy := time.Since(began), processorOf(r, h.pid())-worked
		now, size := r.rest(h), sizeOf(r, h.data)
		r.remark("each further sighting %s: %.0f bytes of disk, %.1f bytes of memory, %.1f µs of processor; %s a second of one client, %d to a report", what,
			float64(size-disk)/(reports*each), float64(now.all-held.all)/(reports*each), 1e6*busy.Seconds()/(reports*each), amount(reports*each/took.Seconds()), each)
		held, disk = now, size
	}
	h = h.restart()
	r.remark("with them the hub starts in %.2f s and holds %s MiB", time.Since(h.started).Seconds(), amount(float64(r.rest(h).all)/mebibyte))
	h.stop()
}

// reportOf is a report of so many values from the first one on.
func reportOf(round, n, first, count int) []byte {
	var to bytes.Buffer
	at := time.Now().UTC().Format(time.RFC3339)
	fmt.Fprintf(&to, `{"id":"report-%d-%d","sightings":[`, round, n)
	for i := range count {
		if i > 0 {
			to.WriteByte(',')
		}
		fmt.Fprintf(&to, `{"type":"domain-name","value":"name%d.example","basis":"indicator","count":1,"hosts":1,"first_seen":%q,"last_seen":%q}`, first+i, at, at)
	}
	to.WriteString("]}")
	return to.Bytes()
}

// joined holds a hub of ten thousand partners against one of a tenth of them.
func (r *run) joined() {
	r.Helper()
	const many = 10_000
	var hubs [2]*watched
	var held [2]resident
	for i, partners := range []int{many, many / 10} {
		began := time.Now()
		hubs[i] = r.watched(partners, 10, 1000)
		r.remark("%d partners were let in, with 1,000 actions, in %.1f s", partners, time.Since(began).Seconds())
		held[i] = r.rest(hubs[i].hub)
	}
	r.remark("each further partner: %.0f bytes of memory (%s and %s MiB), %d bytes of disk", float64(held[0].all-held[1].all)/(many-many/10),
		amount(float64(held[0].all)/mebibyte), amount(float64(held[1].all)/mebibyte), (sizeOf(r, hubs[0].data)-sizeOf(r, hubs[1].data))/(many-many/10))
	for _, path := range []string{"/", "/partners"} {
		large, small := r.timed(hubs[0].visit(hubs[0].tokens[0]), path), r.timed(hubs[1].visit(hubs[1].tokens[0]), path)
		r.add(figure{what: fmt.Sprintf("page %s with %d partners, p95", path, many), unit: "ms", metric: "scale-partners-page", value: large.took[len(large.took)*95/100], against: maxPageTime,
			note: fmt.Sprintf("with a tenth of them %.1f ms%s%s", small.took[len(small.took)*95/100], large.refused, small.refused)})
	}
	var took [2][]float64
	for n := range 300 {
		for i, h := range hubs {
			body := synthetic{9}.appendEnvelope(nil, n*group, group, true)
			began := time.Now()
			if status, text := h.as(h.tokens[n%10]).call(http.MethodPost, "/api/v1/contributions", "application/stix+json", body); status/100 != 2 {
				r.Fatalf("a contribution: status %d: %s", status, text)
			}
			took[i] = append(took[i], 1000*time.Since(began).Seconds())
		}
	}
	for i := range took {
		slices.Sort(took[i])
	}
	r.add(figure{what: fmt.Sprintf("a contribution of 5 objects acknowledged with %d partners, p50", many), unit: "ms", metric: "scale-partners-accept", value: took[0][150], against: 1.25 * took[1][150], peer: "with a tenth of them, and a quarter",
		note: fmt.Sprintf("p95 %.2f and %.2f ms", took[0][285], took[1][285])})
	for _, h := range hubs {
		h.stop()
	}
}
