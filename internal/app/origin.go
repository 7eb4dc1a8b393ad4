package app

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// localName is how a browser on this machine reaches it. Passkeys belong to a
// name: a bare number such as 127.0.0.1 can have none.
const localName = "localhost"

// origin is where people reach the pages, such as https://example.org: that of
// the base where passkeys can be used there, else this machine under its own
// name. ok is false where people elsewhere can not sign in.
func origin(base, address string) (site string, ok bool) {
	if u, err := url.Parse(base); err == nil && u.Host != "" && passkeysWork(u) {
		return u.Scheme + "://" + strings.ToLower(u.Host), true
	}
	u, err := url.Parse(address)
	if err != nil {
		return "http://" + localName, false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	alone := u.Hostname() == localName || err == nil && ip.IsLoopback()
	u.Host = localName
	if port := portOf(address); port != "" {
		u.Host = net.JoinHostPort(localName, port)
	}
	return u.Scheme + "://" + u.Host, alone && base == ""
}

// passkeysWork says whether a browser makes passkeys for a site: it has a name,
// and is reached by TLS or is this machine.
func passkeysWork(u *url.URL) bool {
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	local := host == localName || strings.HasSuffix(host, "."+localName)
	return u.Scheme == "https" || u.Scheme == "http" && local
}

func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Port()
}
