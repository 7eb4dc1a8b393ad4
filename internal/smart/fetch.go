package smart

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"golang.org/x/sync/singleflight"
)

// Bounds of fetching a client's keys. The address is one that the operator
// registered; what it answers is a stranger's.
const (
	fetchTime  = 5 * time.Second
	keepKeys   = time.Hour        // at most, whatever their Cache-Control
	keepUnsaid = time.Minute      // where there is no Cache-Control
	keepFault  = 10 * time.Second // before an address that failed, or lacks a key, is asked again
	maxKept    = 1000             // addresses
)

// Doer sends a request; *http.Client is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// fetcher fetches the keys of clients and keeps them for a while.
type fetcher struct {
	given, public, private Doer
	now                    func() time.Time
	flight                 singleflight.Group // many requests at once are one fetch
	mu                     sync.Mutex
	kept                   map[string]kept
}

type kept struct {
	set   client.KeySet
	err   error
	asked time.Time
	until time.Time
}

func newFetcher(given Doer, now func() time.Time) *fetcher {
	return &fetcher{given: given, public: outward(publicOnly), private: outward(nil), now: now, kept: map[string]kept{}}
}

// outward is an HTTP client that follows no redirect and no proxy, and asks
// about each address before it dials it: after the name was looked up, so that
// a name can not lead to one address for the check and to another afterwards.
func outward(check func(network, address string, c syscall.RawConn) error) *http.Client {
	d := &net.Dialer{Timeout: fetchTime, Control: check}
	return &http.Client{
		Timeout:       fetchTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: d.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
			DisableCompression: true, MaxResponseHeaderBytes: 16 << 10, ResponseHeaderTimeout: fetchTime,
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

var errPrivate = errors.New("smart: the address is not on the public Internet")

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

// keys gives the keys of a client: those that were registered, or those that
// lie at its address. kid is the key that is looked for; one that is not among
// those that are kept may be new.
func (f *fetcher) keys(ctx context.Context, cl client.Client, kid string) (client.KeySet, error) {
	if cl.Keys != "" {
		return client.ParseKeys([]byte(cl.Keys))
	}
	now := f.now()
	f.mu.Lock()
	k, ok := f.kept[cl.KeysURL]
	f.mu.Unlock()
	fresh := ok && now.Before(k.until)
	again := now.Sub(k.asked) >= keepFault
	if fresh && (k.err != nil || k.set.Has(kid) || !again) {
		return k.set, k.err
	}
	v, err, _ := f.flight.Do(cl.KeysURL, func() (any, error) {
		// Not the asker's context: the answer is for others as well.
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
		defer stop()
		set, life, err := f.fetch(ctx, cl)
		if err != nil {
			err, life = unreachable(err), keepFault
		}
		f.keep(cl.KeysURL, kept{set, err, now, now.Add(life)})
		return set, err
	})
	if err != nil {
		return client.KeySet{}, err
	}
	return v.(client.KeySet), nil
}

func (f *fetcher) keep(url string, k kept) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) >= maxKept {
		clear(f.kept)
	}
	f.kept[url] = k
}

func (f *fetcher) fetch(ctx context.Context, cl client.Client) (set client.KeySet, life time.Duration, err error) {
	c := f.given
	switch {
	case c != nil:
	case cl.PrivateNetwork:
		c = f.private
	default:
		c = f.public
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, cl.KeysURL, nil)
	if err != nil {
		return set, 0, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	answer, err := c.Do(r)
	if err != nil {
		return set, 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return set, 0, fmt.Errorf("smart: the address of a client's keys answered %d", answer.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, client.MaxKeySet+1))
	if err != nil {
		return set, 0, err
	}
	set, err = client.ParseKeys(b)
	return set, lifeOf(answer.Header.Values("Cache-Control")), err
}

// lifeOf is how long an answer may be kept (RFC 9111 section 5.2.2).
func lifeOf(headers []string) time.Duration {
	life := keepUnsaid
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
			life = time.Duration(min(n, int64(keepKeys/time.Second))) * time.Second
		}
	}
	return life
}
