package account

import (
	"context"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// hand is a clock that is moved by hand.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// site is one node, with a letter box that takes its messages.
type site struct {
	*Accounts
	t     testing.TB
	clock *hand
	ring  *seal.Ring
	got   []notify.Message
}

func (s *site) Send(_ context.Context, m notify.Message) error {
	s.got = append(s.got, m)
	return nil
}

// mail is what was sent since the last call.
func (s *site) mail() []notify.Message {
	s.t.Helper()
	s.got = nil
	if _, err := s.out.Deliver(s.t.Context(), s); err != nil {
		s.t.Fatal(err)
	}
	return s.got
}

// told says that these kinds of messages were sent since the last call to these
// addresses, and nothing else.
func (s *site) told(k notify.Kind, to ...string) {
	s.t.Helper()
	left := map[string]bool{}
	for _, a := range to {
		left[a] = true
	}
	for _, m := range s.mail() {
		if m.Kind != k || !left[m.Address] {
			s.t.Errorf("%s was told %s", m.Address, m.Kind)
		}
		delete(left, m.Address)
	}
	for a := range left {
		s.t.Errorf("%s was not told %s", a, k)
	}
}

func testConfig(c *hand) Config {
	return Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}, Now: c.now}
}

// open makes the first node on a database.
func open(t testing.TB, d *db.DB) *site {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return node(t, d, ring, &hand{at: time.Unix(1_700_000_000, 0)})
}

func node(t testing.TB, d *db.DB, ring *seal.Ring, clock *hand) *site {
	t.Helper()
	out, err := notify.Open(t.Context(), d, ring, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Open(t.Context(), d, ring, out, testConfig(clock))
	if err != nil {
		t.Fatal(err)
	}
	return &site{Accounts: a, t: t, clock: clock, ring: ring}
}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, open(t, d)) })
}

// twoNodes opens two handles on one database: two on one PostgreSQL, or the
// same file twice over through one handle, which is all that SQLite allows.
func twoNodes(t *testing.T, test func(t *testing.T, here, there *site)) {
	t.Run("sqlite", func(t *testing.T) {
		here := open(t, dbtest.SQLite(t))
		test(t, here, node(t, here.db, here.ring, here.clock))
	})
	t.Run("postgres", func(t *testing.T) {
		url := dbtest.Schema(t)
		var both [2]*db.DB
		for i := range both {
			d, err := db.Open(t.Context(), db.Config{URL: url, Readers: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			both[i] = d
		}
		here := open(t, both[0])
		test(t, here, node(t, both[1], here.ring, here.clock))
	})
}

var (
	home    = SourceOf(netip.MustParseAddr("192.0.2.1"))
	abroad  = SourceOf(netip.MustParseAddr("198.51.100.7"))
	thisOne = virtualwebauthn.RelyingParty{ID: "example.org", Name: "Example", Origin: "https://id.example.org"}
)

// device is an authenticator with one passkey.
type device struct {
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
	rp   virtualwebauthn.RelyingParty
}

// newDevice makes an authenticator. The tool writes coordinates without leading
// zeros, which COSE does not allow, so such a key is thrown away.
func newDevice() *device {
	for {
		d := &device{auth: virtualwebauthn.NewAuthenticator(), cred: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2), rp: thisOne}
		if len(d.cred.Key.AttestationData()) == 77 {
			return d
		}
	}
}

// register answers to the options of a registration.
func (d *device) register(t testing.TB, c Ceremony) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	if err != nil {
		t.Fatal(err)
	}
	if d.auth.Options.UserHandle == nil {
		d.auth.Options.UserHandle = []byte(o.UserID)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.cred, *o))
}

// answer answers to the options of a sign-in, with the next count.
func (d *device) answer(t testing.TB, c Ceremony) []byte {
	t.Helper()
	d.cred.Counter++
	return d.again(t, c)
}

// again answers with the same count.
func (d *device) again(t testing.TB, c Ceremony) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(c.Options))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.cred, *o))
}

// create makes an account with one passkey.
func (s *site) create(name string) (Session, string, *device) {
	s.t.Helper()
	c, err := s.BeginAccount(s.t.Context(), home, name)
	if err != nil {
		s.t.Fatal(err)
	}
	d := newDevice()
	sess, secret, err := s.FinishAccount(s.t.Context(), c.ID, d.register(s.t, c), "telephone", "Firefox on Linux")
	if err != nil {
		s.t.Fatal(err)
	}
	return sess, secret, d
}

// signIn signs in with a passkey.
func (s *site) signIn(d *device) (Session, string, error) {
	s.t.Helper()
	c, err := s.BeginSignIn(s.t.Context(), home)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.FinishSignIn(s.t.Context(), c.ID, d.answer(s.t, c), "Firefox on Linux")
}

func (s *site) mustSignIn(d *device) (Session, string) {
	s.t.Helper()
	sess, secret, err := s.signIn(d)
	if err != nil {
		s.t.Fatal(err)
	}
	return sess, secret
}

// add adds a passkey on another device to the account of a session.
func (s *site) add(sess Session, name string) *device {
	s.t.Helper()
	d := newDevice()
	c, err := s.BeginPasskey(s.t.Context(), sess)
	if err == nil {
		err = s.FinishPasskey(s.t.Context(), sess, c.ID, d.register(s.t, c), name)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// channel adds an address and confirms it.
func (s *site) channel(sess Session, m notify.Medium, address string) Channel {
	s.t.Helper()
	s.mail()
	c, err := s.AddChannel(s.t.Context(), sess, m, address)
	if err != nil {
		s.t.Fatal(err)
	}
	got := s.mail()
	if len(got) != 1 || got[0].Kind != notify.ConfirmAddress {
		s.t.Fatalf("%d messages were sent", len(got))
	}
	if err := s.ConfirmChannel(s.t.Context(), sess, c.ID, got[0].Code); err != nil {
		s.t.Fatal(err)
	}
	s.mail()
	return c
}

// ok stops the test at an error.
func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// refused says that an error is of a kind.
func refused(t testing.TB, what string, err error, k problem.Kind) {
	t.Helper()
	if !problem.Is(err, k) {
		t.Errorf("%s: %v, want %s", what, err, k)
	}
}
