package smart

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/go-jose/go-jose/v4"
)

// The schemes of the header Authorization.
const (
	schemeBearer = "Bearer"
	schemeDPoP   = "DPoP"
	schemeBasic  = "Basic"
)

// proofAlgs are the algorithms of DPoP proofs.
var proofAlgs = []string{"ES256", "ES384", "PS256", "EdDSA"}

// proofLife is how old a proof may be.
const proofLife = time.Minute

const proofWords = "The DPoP proof is missing or does not fit this request. Make a new one for each: its jti, htm, htu, iat and ath, signed with the key in its header."

// proof is a DPoP proof (RFC 9449 section 4) that fits its request.
type proof struct {
	thumbprint string // of its key: RFC 7638, SHA-256
	number     string
	made       time.Time
}

// readProof checks a proof against the request that it came with. token is the
// access token that it came with; "" at the token endpoint.
func (s *Server) readProof(sent []string, method, address, token string) (*proof, error) {
	if len(sent) != 1 {
		return nil, errSigned
	}
	t, err := parseSigned(sent[0], proofAlgs, true)
	if err != nil || !strings.EqualFold(t.typ, "dpop+jwt") || t.jku != "" {
		return nil, errSigned
	}
	b, err := t.verify(t.key)
	if err != nil {
		return nil, err
	}
	said, err := readClaims(b)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	switch {
	case said.ID == "" || len(said.ID) > maxNumber,
		said.Method != method || !sameAddress(said.URL, address),
		said.Made == nil || seconds(*said.Made).After(now.Add(skew)) || now.After(seconds(*said.Made).Add(proofLife)),
		said.Expires != nil && now.After(seconds(*said.Expires).Add(skew)),
		said.After != nil && seconds(*said.After).After(now.Add(skew)),
		token != "" && said.Access != tokenHash(token):
		return nil, errSigned
	}
	sum, err := (&jose.JSONWebKey{Key: t.key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, errSigned
	}
	return &proof{base64.RawURLEncoding.EncodeToString(sum), said.ID, seconds(*said.Made)}, nil
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// once is the number that the proof is good by once.
func (p *proof) once() client.Once {
	return client.Once{Use: "proof", Issuer: p.thumbprint, Number: p.number, Until: p.made.Add(proofLife + skew)}
}

// sameAddress compares the htu of a proof with where a request came to,
// without query and fragment (RFC 9449 section 4.3), in the one form of RFC
// 3986 sections 6.2.2 and 6.2.3.
func sameAddress(a, b string) bool {
	x, xok := oneForm(a)
	y, yok := oneForm(b)
	return xok && yok && x == y
}

func oneForm(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return "", false
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[scheme])
	return scheme + "://" + host + u.EscapedPath(), true
}
