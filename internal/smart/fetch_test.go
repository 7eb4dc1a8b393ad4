package smart

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/fetch"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// home is where a client keeps its keys, on this machine.
type home struct {
	mu     sync.Mutex
	keys   string
	cache  string
	status int
	asked  int
	dialed int // connections, whatever became of them
	server *httptest.Server
}

func newHome(t *testing.T, keys string) *home {
	h := &home{keys: keys, status: 200}
	h.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.asked++
		if r.Method != http.MethodGet || r.Header.Get("Authorization") != "" {
			t.Errorf("it was asked by %s %v", r.Method, r.Header)
		}
		if h.cache != "" {
			w.Header().Set("Cache-Control", h.cache)
		}
		if h.status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(h.status)
		_, _ = io.WriteString(w, h.keys)
	}))
	h.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) // handshakes that are to fail
	h.server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.dialed++
		}
	}
	h.server.StartTLS()
	t.Cleanup(h.server.Close)
	return h
}

func (h *home) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
	h.asked = 0
}

func (h *home) times() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

func (h *home) connections() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dialed
}

// doer is the fetcher's own client, which trusts the certificate of the test's
// server; all else is as in earnest.
func (h *home) doer() Doer {
	c := fetch.Private()
	c.Transport.(*http.Transport).TLSClientConfig.RootCAs = h.server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	return c
}

func atURL(u string) func(*client.Spec) {
	return func(s *client.Spec) { s.Keys, s.KeysURL = "", u }
}

func TestKeysAreFetchedAndKeptAsLongAsTheirOwnerSays(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHome(t, keySet(jwk("1", k.p384)))
		w := newWorld(t, d, h.doer())
		p := w.register(k.p384, "ES384", atURL(h.server.URL+"/jwks"))
		for _, c := range []struct {
			cache string
			after time.Duration
			asked int // by three requests, the third of them after that time
		}{
			{"max-age=600", 599 * time.Second, 1},
			{"max-age=600", 601 * time.Second, 2},
			{"public, Max-Age=\"600\"", 601 * time.Second, 2},
			{"max-age=86400", 59 * time.Minute, 1},
			{"max-age=86400", 61 * time.Minute, 2}, // an hour at most
			{"no-store", 0, 3},
			{"no-cache", 0, 3},
			{"max-age=0", 0, 3},
			{"max-age=x", 0, 3},
			{"", 59 * time.Second, 1},
			{"", 61 * time.Second, 2},
		} {
			w.move(2 * time.Hour)
			h.set(func() { h.cache = c.cache })
			for i := range 3 {
				if i == 2 {
					w.move(c.after)
				}
				p.token("system/Observation.rs")
			}
			if got := h.times(); got != c.asked {
				t.Errorf("%q: asked %d times, not %d", c.cache, got, c.asked)
			}
		}
	})
}

// A key that is new is found, but nobody can make this server ask again and
// again.
func TestANewKeyIsFoundAtItsAddress(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHome(t, keySet(jwk("1", k.p384)))
		h.cache = "max-age=3600"
		w := newWorld(t, d, h.doer())
		p := w.register(k.p384, "ES384", atURL(h.server.URL+"/jwks"))
		p.token("system/Observation.rs")
		h.set(func() { h.keys = keySet(jwk("2", k.ec)) })
		p.key, p.kid = k.ec, "2"
		for range 5 {
			w.post(pathToken, p.form("system/Observation.rs")).want("at once", 400, "invalid_client")
		}
		if h.times() != 0 {
			t.Errorf("asked %d times", h.times())
		}
		w.move(keepFault)
		p.token("system/Observation.rs")
		p.key, p.kid = k.p384, "1"
		w.post(pathToken, p.form("system/Observation.rs")).want("the key that is gone", 400, "invalid_client")
		p.kid = "2"
		w.post(pathToken, p.form("system/Observation.rs")).want("another key of that name", 400, "invalid_client")
	})
}

func TestAttack10KeysAtAnAddress(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHome(t, "")
		w := newWorld(t, d, h.doer())
		url := h.server.URL + "/jwks"
		p := w.register(k.p384, "ES384", atURL(url))
		good := jwk("1", k.p384)
		for name, c := range map[string]struct {
			status int
			keys   string
		}{
			"two of one name and type": {200, keySet(good, jwk("1", k.ec))},
			"the same key twice":       {200, keySet(good, good)},
			"none of that name":        {200, keySet(jwk("2", k.p384))},
			"the name on another type": {200, keySet(jwk("1", k.rsa))},
			"a private key":            {200, keySet(merged(good, object{"d": "AQ"}))},
			"a key to encrypt with":    {200, keySet(merged(good, object{"use": "enc"}))},
			"a key not to verify with": {200, keySet(merged(good, object{"key_ops": []string{"sign"}}))},
			"a key for another alg":    {200, keySet(merged(good, object{"alg": "ES256"}))},
			"a point not on the curve": {200, keySet(merged(good, object{"x": b64(make([]byte, 48))}))},
			"no keys":                  {200, `{}`},
			"no JSON":                  {200, `<html>`},
			"a list":                   {200, `[]`},
			"too much":                 {200, keySet(good) + strings.Repeat(" ", client.MaxKeySet)},
			"too many":                 {200, keySet(append(make([]object, 60), good)...)},
			"a redirect":               {302, keySet(good)},
			"an error":                 {500, keySet(good)},
			"not found":                {404, keySet(good)},
		} {
			w.move(time.Hour + time.Minute)
			h.set(func() { h.status, h.keys = c.status, c.keys })
			for range 3 {
				w.post(pathToken, p.form("system/Observation.rs")).want(name, 400, "invalid_client")
			}
			if h.times() != 1 {
				t.Errorf("%s: asked %d times", name, h.times())
			}
		}
		w.move(2 * time.Hour)
		h.set(func() {
			h.status, h.keys = 200, keySet(good, jwk("1", k.rsa), object{"kty": "XYZ", "kid": "1"}, object{"kty": "EC", "kid": "3", "crv": "secp256k1"})
		})
		p.token("system/Observation.rs") // keys that are not ours to know spoil nothing
		jku := func(u string) string { return p.assertion(func(head, _ object) { head["jku"] = u }) }
		for u, ok := range map[string]bool{
			url: true, url + "/": false, url + "?": false, url + ".evil": false, strings.Replace(url, "127.0.0.1", "127.0.0.1.evil.example", 1): false,
			"https://evil.example/jwks": false, strings.ToUpper(url): false,
		} {
			form := p.form("system/Observation.rs")
			form.Set("client_assertion", jku(u))
			if a := w.post(pathToken, form); (a.status == 200) != ok {
				t.Errorf("jku %s: %d %s", u, a.status, a.body)
			}
		}
		if h.times() > 1 {
			t.Errorf("a jku was fetched: %d", h.times())
		}
	})
}

// An address on a private network is reached only where the operator allowed
// it, whatever its name says.
func TestPrivateAddressesAreNotReached(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHome(t, keySet(jwk("1", k.p384)))
		w := newWorld(t, d, nil) // in earnest
		for _, u := range []string{h.server.URL, strings.Replace(h.server.URL, "127.0.0.1", "localhost", 1)} {
			p := w.register(k.p384, "ES384", atURL(u+"/jwks"))
			w.post(pathToken, p.form("system/Observation.rs")).want(u, 400, "invalid_client")
		}
		if h.connections() != 0 {
			t.Error("it was reached")
		}
		private := w.register(k.p384, "ES384", func(s *client.Spec) {
			s.Keys, s.KeysURL, s.PrivateNetwork = "", h.server.URL+"/allowed", true
		})
		a := w.post(pathToken, private.form("system/Observation.rs")) // and then nobody vouches for its certificate
		a.want("an unknown certificate", 400, "invalid_client")
		if h.times() != 0 || h.connections() == 0 {
			t.Errorf("a certificate that nobody vouches for: asked %d times, %d connections", h.times(), h.connections())
		}
	})
}

// listening is the address of a server on this machine that tells when it is
// asked.
func listening(t *testing.T, asked func()) string {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked() }))
	t.Cleanup(s.Close)
	return s.URL
}
