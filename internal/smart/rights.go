package smart

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// Rights is what this room asks about the right by which a permission was given
// for somebody else's record: a mandate, or an emergency that was declared
// (client.Context.Mandate).
type Rights interface {
	// Standing is who asks by such a permission as the right is at this moment:
	// never more than who, which is what the token says. ok is false where the
	// right gives nothing, for whatever reason. It is asked at each use of a
	// token and of a refresh token, so that a right which ended, or became less,
	// does so for apps at once.
	Standing(ctx context.Context, account string, in client.Context, who access.Who) (now access.Who, ok bool, err error)
}

func (nobody) Standing(context.Context, string, client.Context, access.Who) (access.Who, bool, error) {
	return access.Who{}, false, nil
}

// Codes of HL7's PurposeOfUse
// (http://terminology.hl7.org/ValueSet/v3-PurposeOfUse).
const (
	purposeFamily    = "FAMRQT"
	purposeEmergency = "BTG"
)

// purposeOf is the purpose of a permission that rests on a right, as a code; ""
// for any other, whose purpose follows from the role.
func purposeOf(in client.Context) string {
	switch {
	case in.Mandate == "":
		return ""
	case in.Role == access.RoleProxy:
		return purposeFamily
	}
	return purposeEmergency
}

// renewable says whether a permission may live on by a refresh token. One for an
// emergency may not: it was declared for one moment.
func renewable(in client.Context) bool { return purposeOf(in) != purposeEmergency }

// byRight narrows a holder to what the right behind the permission gives now.
func (s *Server) byRight(ctx context.Context, h *client.Holder) (bool, error) {
	if h.Mandate == "" {
		return true, nil
	}
	who, ok, err := s.cfg.Rights.Standing(ctx, h.Account, h.Context, h.Who)
	if err != nil || !ok {
		return false, err
	}
	h.Who = who
	return true, nil
}
