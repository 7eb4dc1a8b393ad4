package smart

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Presented is how a request came with an access token.
type Presented struct {
	Scheme, Token string
	Proofs        []string // the headers DPoP
	Method        string
	// Path is the request's path below the FHIR interface, percent-encoded as
	// it came, with its slash.
	Path string
}

// Verify says who asks with an access token, for the FHIR interface. Its errors
// are problems, and say by Challenge what WWW-Authenticate has to say.
func (s *Server) Verify(ctx context.Context, p Presented) (access.Who, error) {
	h, err := s.holder(ctx, p, s.cfg.FHIR+p.Path)
	return h.Who, err
}

// Holder says who asks with an access token at an address that lies beside the
// endpoints of OAuth. Its errors are those of Verify.
func (s *Server) Holder(r *http.Request) (client.Holder, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, schemeBearer) && !strings.EqualFold(scheme, schemeDPoP) || token == "" {
		return client.Holder{}, deny(schemeBearer, "", "This needs an access token. Send it in the header Authorization.")
	}
	return s.holder(r.Context(), Presented{Scheme: scheme, Token: strings.TrimSpace(token), Proofs: r.Header.Values("DPoP"), Method: r.Method},
		s.cfg.Issuer+r.URL.EscapedPath())
}

// holder checks a token and, where it is bound to a key, the proof of it. A
// bound token works with a proof only, and a proof only with a bound token.
func (s *Server) holder(ctx context.Context, p Presented, address string) (client.Holder, error) {
	h, err := s.cfg.Clients.Verify(ctx, p.Token)
	if err != nil {
		if k := problem.KindOf(err); k == problem.Unauthorized || k == problem.Revoked {
			return client.Holder{}, &fault{code: invalidToken, challenge: challenge(schemeOf(p.Scheme), invalidToken, problem.Sentence(err)), err: err}
		}
		return client.Holder{}, err
	}
	if err := s.stillHolds(ctx, &h, p.Scheme); err != nil {
		return client.Holder{}, err
	}
	bound := h.Thumbprint != ""
	if bound != strings.EqualFold(p.Scheme, schemeDPoP) {
		return client.Holder{}, deny(schemeDPoP, invalidToken, "A token of type DPoP is sent with the scheme DPoP and a proof, and no other token is. Send it as it was given out.")
	}
	if !bound {
		return h, nil
	}
	pr, err := s.readProof(p.Proofs, p.Method, address, p.Token)
	if err != nil {
		return client.Holder{}, deny(schemeDPoP, invalidProof, proofWords)
	}
	if pr.thumbprint != h.Thumbprint {
		return client.Holder{}, deny(schemeDPoP, invalidToken, "This token belongs to another key. Prove the key that it was asked for with.")
	}
	switch err := s.cfg.Clients.Spend(ctx, pr.once()); {
	case errors.Is(err, client.ErrReplayed):
		return client.Holder{}, deny(schemeDPoP, invalidProof, "This DPoP proof was used before. Make a new one, with another jti, for each request.")
	case err != nil:
		return client.Holder{}, err
	}
	return h, nil
}

// stillHolds refuses a token whose permission ends with a session, a place or a
// right that has ended. Which of them it was is nobody's to know.
func (s *Server) stillHolds(ctx context.Context, h *client.Holder, scheme string) error {
	ok, err := s.standsFor(ctx, h)
	if err == nil && !ok {
		err = deny(schemeOf(scheme), invalidToken, "The person who gave this permission is not signed in any more, or may not give it any more. Send them to sign in again.")
	}
	return err
}

// standsFor says whether what a token was given in is still there. Only what
// ends with a session, a place, a relationship or a right has to be asked about.
// It makes the holder less where their right has become less.
func (s *Server) standsFor(ctx context.Context, h *client.Holder) (bool, error) {
	if ok, err := s.byRight(ctx, h); err != nil || !ok {
		return false, err
	}
	if h.Actor != "" && h.Exchanged {
		if _, ok, err := s.cfg.Relationships.ActsFor(ctx, h.Actor, h.Patient); err != nil || !ok {
			return false, err
		}
	}
	if h.Session == "" && h.Member == "" && h.Mandate == "" {
		return true, nil
	}
	return s.cfg.People.Holds(ctx, h.Account, h.Context)
}

func schemeOf(sent string) string {
	if strings.EqualFold(sent, schemeDPoP) {
		return schemeDPoP
	}
	return schemeBearer
}
