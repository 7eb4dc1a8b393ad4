package upstream

import (
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
)

// Identity is who a provider says somebody is. It is keyed by Issuer and
// Subject together; nothing else in it names an account.
type Identity struct {
	Issuer, Subject string
	// Vector and Trustmark are the claims vot and vtm (RFC 8485), as the
	// provider wrote them.
	Vector, Trustmark string
	// Level is what the provider's proof is worth here.
	Level account.Proof
	// Authenticated is when the provider last saw the person; zero where it
	// does not say.
	Authenticated time.Time
	// Details are what it proved, to be matched.
	Details match.Details
	// Source is the SHA-256 of the signed text that this was read from, in
	// hexadecimal.
	Source string
}
