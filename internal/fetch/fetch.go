// Package fetch makes the HTTP clients with which this server asks others: the
// keys of a client, a provider that people sign in with.
//
// Why here: what such a server answers is a stranger's, and where its name
// leads may change between two looks. So there is one client: bounded in time
// and size, without redirects and proxies, which looks at each address after
// the name was looked up and goes to no private network unless the operator
// allowed it. Who is asked is decided by whoever calls: nothing here names an
// address.
package fetch

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Time is how long one request may take, from the look-up of the name to the
// last byte.
const Time = 5 * time.Second

// Doer sends a request; *http.Client is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Public is a client that reaches addresses on the public Internet only.
func Public() *http.Client { return outward(publicOnly) }

// Private is a client that reaches any address, for those that the operator
// allowed to lie on a private network.
func Private() *http.Client { return outward(nil) }

// outward is an HTTP client that follows no redirect and no proxy, and asks
// about each address before it dials it: after the name was looked up, so that
// a name can not lead to one address for the check and to another afterwards.
func outward(check func(network, address string, c syscall.RawConn) error) *http.Client {
	d := &net.Dialer{Timeout: Time, Control: check}
	return &http.Client{
		Timeout:       Time,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: d.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
			DisableCompression: true, MaxResponseHeaderBytes: 16 << 10, ResponseHeaderTimeout: Time,
		},
	}
}

// reserved are addresses that are not on the public Internet and that netip
// does not know by a method (IANA special-purpose registries).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
}

var errPrivate = errors.New("fetch: the address is not on the public Internet")

func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return errPrivate
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return errPrivate
		}
	}
	return nil
}

// errLarge is an answer that is larger than whoever asked wants to read.
var errLarge = errors.New("fetch: the answer is too large")

// Body reads an answer of at most so many bytes. A larger one is an error, and
// is never cut.
func Body(r *http.Response, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err == nil && int64(len(b)) > most {
		err = errLarge
	}
	return b, err
}

// Life is how long an answer with these headers Cache-Control may be kept (RFC
// 9111 section 5.2.2): unsaid where they say nothing, and never longer than
// most.
func Life(headers []string, unsaid, most time.Duration) time.Duration {
	life := unsaid
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(headers, ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			n, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 64)
			if err != nil || n < 0 {
				return 0
			}
			life = time.Duration(min(n, int64(most/time.Second))) * time.Second
		}
	}
	return life
}
