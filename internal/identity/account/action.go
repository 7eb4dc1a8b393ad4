package account

import (
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Action is something that needs more than being signed in.
type Action int

// What needs more. The first group is about records and is asked by the doors;
// the second is about the account itself and is asked here.
const (
	Export Action = iota + 1
	ShareChoices
	Proxies
	BreakGlass
	// ActForOthers is beginning to act for somebody, or taking a right to.
	ActForOthers

	NewPasskey
	RemovePasskey
	NewRecoveryCodes
	NewTimeCode
	ChangeChannels
	StopRecovery
	CloseAccount
	ProveIdentity

	// JoinStaff is taking a place by an invitation, and ManageStaff what an
	// operator does that gives or takes authority.
	JoinStaff
	ManageStaff

	// EraseRecord is asking for one's record to be erased.
	EraseRecord
	// CopyForOthers is making or fetching a copy of a record for which somebody
	// acts.
	CopyForOthers
	// TakeAtWork is taking a file about somebody out of here as a member of staff.
	TakeAtWork
	// ReleaseAtWork is letting somebody see, as a member of staff, what staff kept
	// from them.
	ReleaseAtWork

	actions // one more than the last
)

// Need is what a session lacks for an action.
type Need int

const (
	// NeedNothing lacks.
	NeedNothing Need = iota
	// NeedPasskey is that the sign-in was not strong enough.
	NeedPasskey
	// NeedAgain is that the last verification is too long ago (RFC 9470).
	NeedAgain
	// NeedProof is that it is not proven well enough who the person is.
	NeedProof
	// NeedRecord is that no record is theirs yet.
	NeedRecord
)

// demand is the least of each fact that an action needs.
type demand struct {
	fresh  time.Duration // how long ago the person may have been verified
	proof  Proof
	record bool
}

// demands is the policy. Every action in it wants a strong sign-in. Levels of
// proof follow NHS login: P5 may write a preference, P9 may read a record.
var demands = [actions]demand{
	Export:       {fresh: 5 * time.Minute, proof: P9, record: true},
	ShareChoices: {fresh: 15 * time.Minute, proof: P5, record: true},
	Proxies:      {fresh: 5 * time.Minute, proof: P9, record: true},
	BreakGlass:   {fresh: 5 * time.Minute, proof: P9},  // a member of staff, whose own record is beside the point
	ActForOthers: {fresh: 15 * time.Minute, proof: P9}, // a carer may have no record here

	NewPasskey:       {fresh: 10 * time.Minute}, // longer, since a second device has to be found
	RemovePasskey:    {fresh: 5 * time.Minute},
	NewRecoveryCodes: {fresh: 5 * time.Minute},
	NewTimeCode:      {fresh: 10 * time.Minute},
	ChangeChannels:   {fresh: 10 * time.Minute},
	StopRecovery:     {fresh: 5 * time.Minute},
	CloseAccount:     {fresh: 5 * time.Minute},
	ProveIdentity:    {fresh: 30 * time.Minute}, // long enough to go to another website and come back

	JoinStaff:   {fresh: 5 * time.Minute},
	ManageStaff: {fresh: 5 * time.Minute},

	EraseRecord:   {fresh: 5 * time.Minute, proof: P9, record: true},
	CopyForOthers: {fresh: 5 * time.Minute, proof: P9}, // a carer may have no record here
	TakeAtWork:    {fresh: 5 * time.Minute},
	ReleaseAtWork: {fresh: 5 * time.Minute},
}

// Lacks says what a person with that standing, last verified then, lacks for
// the action; an action that is not known can not be had. What can be mended
// quickest is named last, so that nobody signs in again only to hear of
// something else.
func (a Action) Lacks(s Standing, verified, now time.Time) Need {
	if a <= 0 || a >= actions {
		return NeedPasskey
	}
	d := demands[a]
	age := now.Sub(verified)
	switch {
	case s.Strength < Strong:
		return NeedPasskey
	case s.Proof < d.proof:
		return NeedProof
	case d.record && s.Record == "":
		return NeedRecord
	case age < 0 || age >= d.fresh: // also where a clock was set back
		return NeedAgain
	}
	return NeedNothing
}

// Fresh is how long ago the person may have been verified for the action, for
// a door that sends max_age.
func (a Action) Fresh() time.Duration {
	if a <= 0 || a >= actions {
		return 0
	}
	return demands[a].fresh
}

// Problem is the refusal, in words that say what to do, or nil for NeedNothing.
func (n Need) Problem() error {
	switch n {
	case NeedNothing:
		return nil
	case NeedAgain:
		return problem.New(problem.Forbidden, "This needs a fresh check that it is you. Use your passkey once more.").Because("needs-fresh")
	case NeedProof:
		return problem.New(problem.Forbidden, "This needs proof of who you are. Prove your identity first, then try again.").Because("needs-proof")
	case NeedRecord:
		return problem.New(problem.Forbidden, "Your account is not linked to a record yet. Link it first, then try again.").Because("needs-record")
	}
	return problem.New(problem.Forbidden, "This needs a sign-in with a passkey. Sign in with a passkey that is past its waiting time.").Because("needs-passkey")
}
