package fetch

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// An address on a private network is reached only where the operator allowed
// it, whatever its name says.
func TestOnlyPublicAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"127.0.0.1:443": false, "[::1]:443": false, "10.1.2.3:443": false, "172.16.0.1:443": false, "192.168.0.1:443": false, "169.254.169.254:443": false,
		"[fe80::1%eth0]:443": false, "[fd00::1]:443": false, "0.0.0.0:443": false, "[::]:443": false, "100.64.0.1:443": false, "224.0.0.1:443": false,
		"255.255.255.255:443": false, "[::ffff:127.0.0.1]:443": false, "[::ffff:10.0.0.1]:443": false, "[64:ff9b::7f00:1]:443": false, "[2002:7f00:1::]:443": false,
		"198.18.0.1:443": false, "[ff02::1]:443": false, "name:443": false, "8.8.8.8:443": true, "[2606:4700::1111]:443": true,
	} {
		if err := publicOnly("tcp", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestPublicReachesNothingOnThisMachine(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
		_, _ = io.WriteString(w, "0123456789")
	}))
	defer s.Close()
	for _, u := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := Public().Do(r); err == nil {
			a.Body.Close()
			t.Errorf("%s was reached", u)
		}
	}
	if asked != 0 {
		t.Errorf("asked %d times", asked)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Private().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusFound || asked != 1 {
		t.Errorf("a redirect is followed: %d, asked %d times", a.StatusCode, asked)
	}
	if b, err := Body(a, 9); err == nil {
		t.Errorf("too much is read: %q", b)
	}
}

func TestLife(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": time.Minute, "max-age=600": 10 * time.Minute, `public, Max-Age="600"`: 10 * time.Minute, "max-age=86400": time.Hour,
		"no-store": 0, "no-cache, max-age=5": 0, "max-age=x": 0, "max-age=-1": 0, "max-age=99999999999999999999": 0,
	} {
		if got := Life([]string{header}, time.Minute, time.Hour); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}
