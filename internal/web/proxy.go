package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// callerOf is the address that a request comes from, as host:port. Only a
// trusted proxy is asked who that is: the headers are read from their end, over
// proxies that are trusted as well, to the first address that is not. What lies
// before it is what a stranger wrote.
func callerOf(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !trusts(trusted, peer.Addr()) {
		return r.RemoteAddr
	}
	plain, hasPlain := lastUntrusted(listed(r.Header.Values("X-Forwarded-For")), trusted, plainHop)
	named, hasNamed := lastUntrusted(listed(r.Header.Values("Forwarded")), trusted, forwardedHop)
	switch {
	case hasPlain && hasNamed && plain != named:
		// The proxy writes one of them and passes the other on as it came: a
		// stranger's. Which one is not known, so neither counts.
		return r.RemoteAddr
	case hasPlain && plain.IsValid():
		return hostPort(plain)
	case hasNamed && named.IsValid():
		return hostPort(named)
	}
	return r.RemoteAddr
}

func hostPort(a netip.Addr) string { return net.JoinHostPort(a.String(), "0") }

func trusts(trusted []netip.Prefix, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// listed is the elements of a header that may be sent several times. A comma in
// quotes is not expected in either header, and splits an element into two that
// can not be read.
func listed(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	return strings.Split(strings.Join(values, ","), ",")
}

// lastUntrusted walks hops from the last. The address is not valid where a hop
// can not be read, or where all are trusted; there says whether there were any.
func lastUntrusted(hops []string, trusted []netip.Prefix, read func(string) (netip.Addr, bool)) (_ netip.Addr, there bool) {
	for i := len(hops) - 1; i >= 0; i-- {
		a, ok := read(strings.TrimSpace(hops[i]))
		if !ok {
			return netip.Addr{}, true
		}
		if !trusts(trusted, a) {
			return a, true
		}
	}
	return netip.Addr{}, len(hops) > 0
}

// plainHop reads an element of X-Forwarded-For: an address, with or without a
// port.
func plainHop(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	at, err := netip.ParseAddrPort(s)
	return at.Addr().Unmap().WithZone(""), err == nil
}

// forwardedHop reads the for= of an element of Forwarded (RFC 7239 section 4).
// "unknown" and made-up names are no address.
func forwardedHop(s string) (netip.Addr, bool) {
	var found netip.Addr
	seen := false
	for pair := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !strings.EqualFold(name, "for") {
			continue
		}
		if !ok || seen {
			return netip.Addr{}, false
		}
		seen = true
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		if found, ok = plainHop(value); !ok {
			return netip.Addr{}, false
		}
	}
	return found, seen
}
