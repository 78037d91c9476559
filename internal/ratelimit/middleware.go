package ratelimit

import (
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// Refuse writes the answer to a request that comes too soon: status 429, in
// the form of the surface that was asked. The header Retry-After is set.
type Refuse func(w http.ResponseWriter, r *http.Request)

// ByCaller lets through what the caller's buckets allow. key names the caller
// of a request, as by its token's id (not the token itself); with an empty key
// the request is not limited. It goes after authentication.
func (l *Limiter) ByCaller(key func(*http.Request) string, refuse Refuse, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k := key(r); k != "" {
			if wait, ok := l.Take(k, ClassOf(r)); !ok {
				refuseFor(w, r, wait, refuse)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// ByFailures lets nobody try whose address has failed to authenticate too
// often, and counts each answer 401 as a failure when it is given: tries at the
// same moment all pass. It goes before authentication.
func (l *Limiter) ByFailures(refuse Refuse, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr := Source(r.RemoteAddr)
		if wait, ok := l.MayTry(addr); !ok {
			refuseFor(w, r, wait, refuse)
			return
		}
		watched := &watcher{ResponseWriter: w}
		next.ServeHTTP(watched, r)
		if watched.status == http.StatusUnauthorized {
			l.Failed(addr)
		}
	})
}

func refuseFor(w http.ResponseWriter, r *http.Request, wait time.Duration, refuse Refuse) {
	w.Header().Set("Retry-After", RetryAfter(wait))
	refuse(w, r)
}

// RetryAfter is a wait as the header of that name has it: in whole seconds,
// never too few.
func RetryAfter(wait time.Duration) string {
	return strconv.FormatInt(int64(max(1, (wait+time.Second-1)/time.Second)), 10)
}

// ClassOf tells reads from writes by the method (RFC 9110, section 9.2.1).
func ClassOf(r *http.Request) Class {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return Read
	}
	return Write
}

// Source is where a request came from, given "ADDRESS:PORT": an IPv4 address,
// or the /64 that one IPv6 subscriber has to itself. The invalid prefix, of
// what has no address, counts as one source. Behind a reverse proxy it is the
// proxy.
func Source(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	addr := at.Addr().Unmap().WithZone("")
	prefix, _ := addr.Prefix(min(64, addr.BitLen())) // bits are within the address
	return prefix
}

// watcher remembers the status of an answer.
type watcher struct {
	http.ResponseWriter
	status int
}

func (w *watcher) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController], by which streams flush.
func (w *watcher) Unwrap() http.ResponseWriter { return w.ResponseWriter }
