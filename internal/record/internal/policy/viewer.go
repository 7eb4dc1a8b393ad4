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

// Viewer is who asks, as choices see them.
func Viewer(who access.Who, why access.Purpose, action string, now time.Time) *choice.Viewer {
	v := &choice.Viewer{Purpose: purposes[why], Action: action, Now: now}
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
