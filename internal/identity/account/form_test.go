package account

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A form that comes twice at the same time, on two nodes, is first once; another
// account's of the same number is another form; one that did nothing can be sent
// again; and all are forgotten in time.
func TestAFormIsSentOnce(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *site) {
		ctx := t.Context()
		_, secret, _ := here.create("Ann")
		ann := here.look(secret)
		_, secret, _ = here.create("Bob")
		bob := here.look(secret)
		var firsts atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				node := []*site{here, there}[i%2]
				led, first, err := node.SendForm(ctx, ann, "FORM")
				if err != nil || led != "" {
					t.Errorf("%q, %v", led, err)
				}
				if first {
					firsts.Add(1)
				}
			})
		}
		wg.Wait()
		if n := firsts.Load(); n != 1 {
			t.Errorf("it is first %d times", n)
		}
		sends := func(s Session, led string, first bool) {
			t.Helper()
			if l, f, err := there.SendForm(ctx, s, "FORM"); err != nil || l != led || f != first {
				t.Errorf("%q, %v, %v, want %q and %v", l, f, err, led, first)
			}
		}
		here.ok(here.LeadForm(ctx, ann, "FORM", "/record"))
		sends(ann, "/record", false)
		sends(bob, "", true)
		here.ok(here.ForgetForm(ctx, ann, "FORM"))
		sends(ann, "", true)
		here.ok(here.LeadForm(ctx, ann, "FORM", "/"+strings.Repeat("x", mostLed)))
		sends(ann, "", false)
		here.clock.move(formLife)
		here.ok(here.Sweep(ctx))
		sends(ann, "", true)
	})
}
