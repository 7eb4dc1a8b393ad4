package client

import (
	"encoding/json"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
)

// Context is what a permission was given in: who gave it in which role, and
// what they had before them (SMART App Launch 2.2, "Launch context").
type Context struct {
	// Patient and Encounter are logical ids; empty for none.
	Patient   string `json:"-"`
	Encounter string `json:"encounter,omitempty"`
	// User is the resource of the one who signed in, such as Patient/17; empty
	// where they have none.
	User string `json:"user,omitempty"`
	// Role is what they act as. An app in their name can do no more.
	Role access.Role `json:"role,omitempty"`
	// Organisation is the id of the one that staff act for, and Member that of
	// their place there.
	// Hat is the role that they have there.
	Organisation string `json:"organisation,omitempty"`
	Member       string `json:"member,omitempty"`
	Hat          string `json:"hat,omitempty"`
	// Mandate is the right by which the one who signed in acts for the patient,
	// or the emergency that they declared; empty where they need neither. What
	// it gives is asked for at each use, and stands nowhere here.
	Mandate string `json:"mandate,omitempty"`
	// Session is the id of the session that the permission ends with; empty for
	// one that outlives it.
	Session string `json:"session,omitempty"`
	// Intent is what the app was opened for; empty where nobody said.
	Intent string `json:"intent,omitempty"`
	// Banner says that the app has to show whose record it is, because the page
	// around it does not.
	Banner bool `json:"banner,omitempty"`
	// Actor is the account that acts for the one whose data it is about (RFC
	// 8693, act); empty when they act themselves. Subject is then the account of
	// that other one, where they have one, and For their number in the record.
	Actor   string `json:"actor,omitempty"`
	Subject string `json:"subject,omitempty"`
	For     int64  `json:"for,omitempty"`
}

func (c Context) text() string {
	b, _ := json.Marshal(c) // texts always can be written
	return string(b)
}

func readContext(patient, text string) (c Context, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &c)
	}
	c.Patient = patient
	return c, err
}

// exchanged is what a token is about that was given for another token (RFC
// 8693), as it is written down.
type exchanged struct {
	Context
	// Chosen is the patient, which the context leaves to whoever writes it.
	Chosen string `json:"patient,omitempty"`
}

// SignIn is how the person was signed in when they allowed something, for ID
// tokens.
type SignIn struct {
	// Verified is when they were last verified: auth_time.
	Verified time.Time `json:"verified,omitzero"`
	// Trust is the vector of trust that the session had (RFC 8485, vot).
	Trust string `json:"trust,omitempty"`
	Nonce string `json:"nonce,omitempty"`
}
