package access

import "testing"

// A program that was let in for one purpose has no other, whatever it or
// whoever calls for it says, and what it does for it changes nothing.
func TestAProgramKeepsToItsPurpose(t *testing.T) {
	who := Who{Actor: "client:study", Kind: Client, Role: RoleProgram, App: "study", Grant: "g", Uses: Research, Bound: AllTypes(AllVerbs)}
	for why := Unstated; why <= Research; why++ {
		s, d := Decide(Facts{Who: who, Purpose: why, About: Population()})
		if d.Granted != (why == Research) {
			t.Errorf("for %s: %v by %s", why, d.Granted, d.Rule)
		}
		if d.Granted && (s.Allows(Create, "Observation") || s.Allows(Update, "Observation") || s.Allows(Delete, "Observation") || s.Allows(Follow, "")) {
			t.Errorf("%s allows a change", d.Rule)
		}
		if got := who.Why(why); got != Research {
			t.Errorf("it asks for %s", got)
		}
	}
	who.Uses = Unstated
	if who.Why(Export) != Export || who.Why(Operations) != Operations {
		t.Error("a program of the service asks for something else")
	}
}
