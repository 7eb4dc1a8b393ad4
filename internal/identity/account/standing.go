package account

// Strength says how sure a sign-in was. It is a fact about a session, and says
// nothing about who the person is.
type Strength int

const (
	// Weak is a recovery code, or a passkey that still has to wait.
	Weak Strength = iota
	// Shared is a time-based code, which two sides know: NHS login's Ck.
	Shared
	// Strong is a passkey that verified its user: NHS login's Cm.
	Strong
)

// Proof is the level to which it was proven who somebody is, as NHS login
// counts. It is a fact about an account.
type Proof int

const (
	// P0 is no proof.
	P0 Proof = 0
	// P5 is that claimed details agree with a record.
	P5 Proof = 5
	// P9 is that a photograph was compared with the person.
	P9 Proof = 9
)

func (p Proof) known() bool { return p == P0 || p == P5 || p == P9 }

// Standing is the three facts that decide what a session may do. Each is kept
// by itself; none is made from another.
type Standing struct {
	Strength Strength
	Proof    Proof
	// Record names the record that is theirs; empty is none.
	Record string
}

// Vector is what a session can say of itself (RFC 8485). The level of proof
// counts behind a strong sign-in only: that an account's owner was proven says
// nothing about somebody who came in with a code of six digits.
func (s Standing) Vector() Vector {
	switch s.Strength {
	case Strong:
		return Vector{proof: int8(s.Proof), rest: "Cm"}
	case Shared:
		return Vector{proof: int8(P0), rest: "Ck"}
	}
	return Vector{proof: int8(P0)}
}
