package policy

import (
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
)

// The purposes of HL7's PurposeOfUse under which each of ours is known, the
// most specific first.
var purposes = map[access.Purpose][]string{
	access.Care:       {"TREAT"},
	access.Own:        {"PATRQT"},
	access.Proxy:      {"FAMRQT"},
	access.Emergency:  {"BTG", "ETREAT", "TREAT"},
	access.Research:   {"HRESCH"},
	access.Operations: {"HOPERAT"},
	access.Export:     {"HOPERAT"},
}

// Actions of a Consent (http://terminology.hl7.org/CodeSystem/consentaction).
const (
	Look = "access"
)

// seeing is the purpose by which it is judged what somebody sees. A copy that
// they take of a record for which they act holds what they see on the page, so
// it is judged as that, by whatever policy and choices there are.
func seeing(who access.Who, why access.Purpose) access.Purpose {
	if who.Role == access.RoleProxy && why == access.Export {
		return access.Proxy
	}
	return why
}

// Viewer is who asks, as choices see them.
func Viewer(who access.Who, why access.Purpose, action string, now time.Time) *choice.Viewer {
	v := &choice.Viewer{Purpose: purposes[seeing(who, why)], Action: action, Now: now}
	if who.User != "" {
		v.Refs = append(v.Refs, who.User)
	}
	if who.Organisation != "" {
		v.Refs = append(v.Refs, "Organization/"+who.Organisation)
	}
	if id, ok := strings.CutPrefix(who.Behind(), "account:"); ok {
		v.Idents = append(v.Idents, choice.Coding{System: choice.IdentAccount, Code: id})
	}
	if who.App != "" {
		v.Idents = append(v.Idents, choice.Coding{System: choice.IdentApp, Code: who.App})
	}
	if who.Hat != "" {
		v.Idents = append(v.Idents, choice.Coding{System: choice.IdentRole, Code: who.Hat})
	}
	return v
}

// May tells whether a class of resources may be seen, under a rule and what
// the person's choices say of it.
func (r *Rule) May(v choice.Verdict) bool {
	switch {
	case r == nil:
		return false
	case v.Decided && !v.Permit:
		return r.No == "lifted"
	case v.Decided:
		return true
	}
	return r.Undecided == "permit"
}
