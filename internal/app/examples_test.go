package app

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/consent/example"
)

// What an operator took to look round with is removed at the command line too, and
// a store without examples says so.
func TestExamplesAreRemovedAtTheCommandLine(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		in := func(do func(h *house) error) {
			t.Helper()
			h, err := openHouse(t.Context(), p, settings{})
			if err != nil {
				t.Fatal(err)
			}
			if err := do(h); err != nil {
				t.Error(err)
			}
			if err := h.close(); err != nil {
				t.Fatal(err)
			}
		}
		in(func(h *house) error {
			if err := h.examples.Make(t.Context(), "nobody"); err == nil {
				t.Error("somebody who is no operator made examples")
			}
			return h.staff.FirstOperator(t.Context(), "olu", "Olu Operator")
		})
		if out := bevan(t, p.args("examples", "remove")...); out.code != exitOK || !strings.Contains(out.out, "There are no example people here.") {
			t.Errorf("%+v", out)
		}
		in(func(h *house) error { return h.examples.Make(t.Context(), "olu") })
		if out := bevan(t, p.args("examples", "remove")...); out.code != exitOK || !strings.Contains(out.out, "The example people are removed") {
			t.Errorf("%+v", out)
		}
		in(func(h *house) error {
			state, err := h.examples.State(t.Context())
			if state != (example.State{}) {
				t.Errorf("there is still %+v", state)
			}
			return err
		})
		if out := bevan(t, p.args("verify")...); out.code != exitOK || !strings.Contains(out.out, " 0 faults") {
			t.Errorf("verify: %+v", out)
		}
	})
}
