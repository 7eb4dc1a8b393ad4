package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// Attack 84: a header says where a request comes from, and is believed of
// nobody but a proxy of the operator's.
func TestAttack84ForwardedHeaders(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("2001:db8:1::/48")}
	for name, c := range map[string]struct {
		peer, want string
		headers    []string
	}{
		"a stranger says they are another":        {"203.0.113.9:5", "203.0.113.9:5", []string{"X-Forwarded-For", "198.51.100.1", "Forwarded", "for=198.51.100.1", "X-Real-Ip", "198.51.100.1"}},
		"a stranger says they are the proxy":      {"203.0.113.9:5", "203.0.113.9:5", []string{"X-Forwarded-For", "10.0.0.7"}},
		"the proxy says":                          {"10.0.0.7:5", "198.51.100.1:0", []string{"X-Forwarded-For", "198.51.100.1"}},
		"the proxy says, in the standard's way":   {"10.0.0.7:5", "198.51.100.1:0", []string{"Forwarded", `for=198.51.100.1;proto=https;by=10.0.0.7`}},
		"a stranger wrote before the proxy":       {"10.0.0.7:5", "198.51.100.1:0", []string{"X-Forwarded-For", "192.0.2.66, 198.51.100.1"}},
		"and in a header of their own":            {"10.0.0.7:5", "198.51.100.1:0", []string{"X-Forwarded-For", "192.0.2.66", "X-Forwarded-For", "198.51.100.1"}},
		"two proxies":                             {"10.0.0.7:5", "198.51.100.1:0", []string{"X-Forwarded-For", "192.0.2.66, 198.51.100.1, 10.0.0.8"}},
		"a stranger names proxies":                {"10.0.0.7:5", "198.51.100.1:0", []string{"X-Forwarded-For", "192.0.2.66, 10.0.0.9, 198.51.100.1"}},
		"the other header is a stranger's":        {"10.0.0.7:5", "10.0.0.7:5", []string{"X-Forwarded-For", "198.51.100.1", "Forwarded", "for=192.0.2.66"}},
		"both agree":                              {"10.0.0.7:5", "198.51.100.1:0", []string{"X-Forwarded-For", "198.51.100.1", "Forwarded", "for=198.51.100.1"}},
		"nothing is said":                         {"10.0.0.7:5", "10.0.0.7:5", nil},
		"an empty header":                         {"10.0.0.7:5", "10.0.0.7:5", []string{"X-Forwarded-For", ""}},
		"no address":                              {"10.0.0.7:5", "10.0.0.7:5", []string{"X-Forwarded-For", "198.51.100.1, unknown"}},
		"a hidden name":                           {"10.0.0.7:5", "10.0.0.7:5", []string{"Forwarded", "for=198.51.100.1, for=_hidden"}},
		"two of for":                              {"10.0.0.7:5", "10.0.0.7:5", []string{"Forwarded", "for=198.51.100.1;for=192.0.2.66"}},
		"proxies only":                            {"10.0.0.7:5", "10.0.0.7:5", []string{"X-Forwarded-For", "10.0.0.8, 10.0.0.9"}},
		"with a port":                             {"10.0.0.7:5", "198.51.100.1:0", []string{"X-Forwarded-For", "198.51.100.1:4711"}},
		"IPv6":                                    {"[2001:db8:1::1]:5", "[2001:db8:2::5]:0", []string{"Forwarded", `For="[2001:db8:2::5]:4711"`}},
		"IPv6, in the other header":               {"[2001:db8:1::1]:5", "[2001:db8:2::5]:0", []string{"X-Forwarded-For", "2001:db8:2::5"}},
		"IPv4 in IPv6":                            {"[::ffff:10.0.0.7]:5", "198.51.100.1:0", []string{"X-Forwarded-For", "::ffff:198.51.100.1"}},
		"a comma in quotes splits and can't pass": {"10.0.0.7:5", "10.0.0.7:5", []string{"Forwarded", `for="198.51.100.1, for=192.0.2.66"`}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for i := 0; i+1 < len(c.headers); i += 2 {
			r.Header.Add(c.headers[i], c.headers[i+1])
		}
		if got := callerOf(r, trusted); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if got := callerOf(r, nil); got != c.peer {
			t.Errorf("%s, with no proxy named: %s", name, got)
		}
	}
}

// What doors see is the caller, and only where a proxy was named. Metrics stay
// with who is really there.
func TestDoorsSeeTheCaller(t *testing.T) {
	for _, proxies := range [][]netip.Prefix{nil, {netip.MustParsePrefix("127.0.0.0/8")}} {
		s, err := New(Config{Proxies: proxies, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		seen := ""
		s.Mount("/", func(_ http.ResponseWriter, r *http.Request) error { seen = r.RemoteAddr; return nil }, nil)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = "127.0.0.1:5"
		r.Header.Set("X-Forwarded-For", "198.51.100.1")
		s.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if want := map[bool]string{true: "127.0.0.1:5", false: "198.51.100.1:0"}[proxies == nil]; seen != want {
			t.Errorf("%s, want %s", seen, want)
		}
		r.URL.Path = "/metrics"
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Error("metrics were shown to whoever is behind the proxy")
		}
	}
}

// Whatever the headers hold, the caller is an address that was said by somebody
// trusted, or the peer.
func FuzzCallerOf(f *testing.F) {
	f.Add("198.51.100.1, 10.0.0.8", `for="[2001:db8::1]:8";by=x`)
	f.Add("", "")
	f.Add("1.2.3.4", "for=1.2.3.4")
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
	f.Fuzz(func(t *testing.T, plain, named string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.7:5"
		r.Header.Add("X-Forwarded-For", plain)
		r.Header.Add("Forwarded", named)
		got := callerOf(r, trusted)
		at, err := netip.ParseAddrPort(got)
		if err != nil {
			t.Fatalf("%q is no address", got)
		}
		if got != r.RemoteAddr && trusts(trusted, at.Addr()) {
			t.Fatalf("%q is a proxy", got)
		}
		// What comes before the last hop that is not trusted has no say.
		r.Header.Set("X-Forwarded-For", "192.0.2.66, "+plain)
		r.Header.Set("Forwarded", "for=192.0.2.66, "+named)
		if again := callerOf(r, trusted); got != r.RemoteAddr && again != got {
			t.Fatalf("%q became %q", got, again)
		}
		if sourceOf(got) == "" || strings.ContainsAny(sourceOf(got), "\x00, ") {
			t.Fatalf("source %q", sourceOf(got))
		}
	})
}
