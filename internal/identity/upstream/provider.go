package upstream

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/fetch"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Profile says how a provider speaks.
type Profile string

// The profiles.
const (
	NHS   Profile = "nhs"   // NHS login: vot with its own levels, RS512
	GovUK Profile = "govuk" // GOV.UK One Login: identity in a signed text of its own, ES256
	OIDC  Profile = "oidc"  // any OpenID provider: acr
)

// signs is what a provider of a profile may sign with; the first is what we
// sign with unless the operator says otherwise.
var signs = map[Profile][]string{
	NHS:   {"RS512"},
	GovUK: {"ES256"},
	OIDC:  {"ES256", "RS256", "PS256", "ES384", "RS384", "RS512"},
}

// asks is what is asked for unless the operator says otherwise.
var asks = map[Profile]string{
	NHS:   `["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]`,
	GovUK: `["P2.Cl.Cm"]`,
}

// Spec is what the operator says of a provider.
type Spec struct {
	ID, Name, Issuer, ClientID string
	Profile                    Profile
	// Vectors is the parameter vtr; "" is that of the profile.
	Vectors string
	// Trust says what a level of the provider is worth here: by the first
	// component of vot, such as P2, or by acr. What it does not name is worth
	// nothing. NHS login's own levels need none.
	Trust map[string]account.Proof
	// PrivateNetwork says that it may lie on a private network.
	PrivateNetwork bool
	// Alg is what we sign with; "" is that of the profile.
	Alg string
}

// Provider is one that people can be sent to.
type Provider struct {
	Spec
	// Public is the public half of our key, as a JWK, for the operator to
	// register there.
	Public         string
	Added, Removed time.Time

	sealed string
}

// Config is what the room stands on.
type Config struct {
	DB   *db.DB
	Ring *seal.Ring
	// Origin is where people reach the pages, such as https://example.org.
	Origin string
	// Do sends requests; nil is the client of fetch.
	Do fetch.Doer
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Providers keeps them. It is safe for concurrent use.
type Providers struct {
	cfg             Config
	public, private fetch.Doer

	mu    sync.Mutex
	known map[string]known // by provider
}

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Providers, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "identity/upstream", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Providers{cfg: c, public: fetch.Public(), private: fetch.Private(), known: map[string]known{}}
	if c.Do != nil {
		p.public, p.private = c.Do, c.Do
	}
	return p, nil
}

var idShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`)

// check fills in what the operator left out, and refuses what is not right.
func (s *Spec) check() error {
	s.Name = strings.TrimSpace(s.Name)
	if s.Vectors == "" {
		s.Vectors = asks[s.Profile]
	}
	own := signs[s.Profile]
	if s.Alg == "" && len(own) > 0 {
		s.Alg = own[0]
	}
	switch {
	case !idShape.MatchString(s.ID):
		return problem.New(problem.Invalid, "A provider has a short id of small letters, digits and dashes, such as nhs-login. Choose one.")
	case s.Name == "" || utf8.RuneCountInString(s.Name) > 60 || strings.ContainsFunc(s.Name, unicode.IsControl):
		return problem.New(problem.Invalid, "Say what people know the provider by, in up to 60 characters.")
	case own == nil:
		return problem.New(problem.Invalid, "The profile is nhs, govuk or oidc. Choose one of them.")
	case s.ClientID == "" || len(s.ClientID) > 200 || strings.ContainsFunc(s.ClientID, func(r rune) bool { return r <= ' ' || r > '~' }):
		return problem.New(problem.Invalid, "Give the client_id by which the provider knows this server.")
	case !secure(s.Issuer, s.PrivateNetwork):
		return problem.New(problem.Invalid, "The issuer is an https address without a question mark, as the provider writes it. Check it.")
	case !slices.Contains([]string{"ES256", "RS256", "PS256", "RS512"}, s.Alg):
		return problem.New(problem.Invalid, "This server can sign with ES256, RS256, PS256 or RS512. Choose one that the provider takes.")
	}
	if s.Vectors != "" {
		if _, err := account.ParseRequest(s.Vectors); err != nil {
			return err
		}
	}
	for name, level := range s.Trust {
		if name == "" || len(name) > 200 || level != account.P0 && level != account.P5 && level != account.P9 {
			return problem.New(problem.Invalid, "Say what a level of the provider is worth as P0, P5 or P9, such as P2=P9.")
		}
	}
	if s.Profile == NHS && len(s.Trust) > 0 {
		return problem.New(problem.Invalid, "The levels of NHS login are P0, P5 and P9 here too. Leave out what they are worth.")
	}
	return nil
}

// secure says whether an address is one that we may ask: over https, or on this
// machine where the operator allowed private networks.
func secure(address string, private bool) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || len(address) > 500 {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	return private && local && u.Scheme == "http"
}

// Add names a provider, and makes the key by which it will know this server.
func (p *Providers) Add(ctx context.Context, s Spec) (Provider, error) {
	if err := s.check(); err != nil {
		return Provider{}, err
	}
	trust, err := json.Marshal(s.Trust)
	if err != nil {
		return Provider{}, problem.Wrap(problem.Internal, "", err)
	}
	added := time.Unix(p.cfg.Now().Unix(), 0).UTC()
	out := Provider{Spec: s, Added: added}
	if out.Public, out.sealed, err = p.newKey(s.ID, s.Alg); err != nil {
		return Provider{}, err
	}
	err = p.cfg.DB.Write(ctx, func(t *db.Tx) error {
		taken, err := t.One("SELECT 1 FROM upstream_provider WHERE id = $1 OR issuer = $2 AND removed = 0", []any{s.ID, s.Issuer}, func(*db.Row) error { return nil })
		if err == nil && taken {
			err = problem.New(problem.Conflict, "There is a provider with this id or issuer already. List them with: bevan upstream list")
		}
		if err != nil {
			return err
		}
		_, err = t.Exec(`INSERT INTO upstream_provider (id, name, issuer, profile, client, vectors, trust, private, alg, public, sealed, added)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			s.ID, s.Name, s.Issuer, string(s.Profile), s.ClientID, s.Vectors, string(trust), flag(s.PrivateNetwork), s.Alg, out.Public, out.sealed, added.Unix())
		return err
	})
	if err != nil {
		return Provider{}, err
	}
	return out, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Remove sends nobody there any more. What it proved stays proven. Doing it
// twice is no error.
func (p *Providers) Remove(ctx context.Context, id string) error {
	var n int64
	err := p.cfg.DB.Write(ctx, func(t *db.Tx) (err error) {
		// The private half goes; whoever names the provider again makes another.
		n, err = t.Exec("UPDATE upstream_provider SET removed = CASE WHEN removed = 0 THEN $2 ELSE removed END, sealed = '' WHERE id = $1", id, p.cfg.Now().Unix())
		if err == nil {
			_, err = t.Exec("DELETE FROM upstream_flow WHERE provider = $1", id)
		}
		return err
	})
	if err == nil && n == 0 {
		err = unknown()
	}
	return err
}

func unknown() error {
	return problem.New(problem.NotFound, "There is no such provider. Go back and choose one from the list.").Because("no-website")
}

const providerColumns = "id, name, issuer, profile, client, vectors, trust, private, alg, public, sealed, added, removed"

func (p *Providers) list(ctx context.Context, where string, args ...any) ([]Provider, error) {
	var all []Provider
	err := p.cfg.DB.Query(ctx, "SELECT "+providerColumns+" FROM upstream_provider "+where, args, func(r *db.Row) error {
		one := Provider{Spec: Spec{ID: r.Text(0), Name: r.Text(1), Issuer: r.Text(2), Profile: Profile(r.Text(3)), ClientID: r.Text(4), Vectors: r.Text(5),
			PrivateNetwork: r.Int64(7) != 0, Alg: r.Text(8)}, Public: r.Text(9), sealed: r.Text(10), Added: time.Unix(r.Int64(11), 0).UTC()}
		if at := r.Int64(12); at != 0 {
			one.Removed = time.Unix(at, 0).UTC()
		}
		all = append(all, one)
		return json.Unmarshal([]byte(r.Text(6)), &all[len(all)-1].Trust)
	})
	return all, err
}

// List gives all of them, those that were removed too.
func (p *Providers) List(ctx context.Context) ([]Provider, error) {
	return p.list(ctx, "ORDER BY added, id LIMIT 1000")
}

// Current gives those that people can be sent to now.
func (p *Providers) Current(ctx context.Context) ([]Provider, error) {
	return p.list(ctx, "WHERE removed = 0 ORDER BY added, id LIMIT 20")
}

// Get is one that people can be sent to now.
func (p *Providers) Get(ctx context.Context, id string) (Provider, error) {
	all, err := p.list(ctx, "WHERE id = $1 AND removed = 0", id)
	if err == nil && len(all) == 0 {
		err = unknown()
	}
	if err != nil {
		return Provider{}, err
	}
	return all[0], nil
}

// Return is the address that people come back to from a provider. Each has its
// own, so that an answer of one is never taken for another's.
func (p *Providers) Return(id string) string { return p.cfg.Origin + "/upstream/" + id + "/return" }

// hostOf is the host of an address, for the policy of a page.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if h, port, err := net.SplitHostPort(u.Host); err == nil {
		return u.Scheme + "://" + net.JoinHostPort(h, port)
	}
	return u.Scheme + "://" + u.Host
}

// Sweep clears away flows that nobody came back from.
func (p *Providers) Sweep(ctx context.Context) error {
	return p.cfg.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.Exec("DELETE FROM upstream_flow WHERE state IN (SELECT state FROM upstream_flow WHERE ends <= $1 LIMIT 10000)", p.cfg.Now().Unix())
		return err
	})
}
