package mandate

import (
	"fmt"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/storytest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// letIn is an app that somebody let in for another, as its credential says it.
type letIn struct{ account, mandate string }

// byApp opens the record for an app, by what its right gives now. What the app
// was let in for at first stands nowhere.
func (w *telling) byApp(app string) (*record.Session, error) {
	in := w.apps[app]
	r, ok, err := w.HeldBy(w.t.Context(), in.account, in.mandate)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, noMandate()
	}
	who := r.Who("account:"+in.account, access.AllTypes(access.AllVerbs))
	who.App, who.Grant = app, "grant-"+app
	return w.door.Open(w.t.Context(), who, record.About{}, access.Proxy)
}

// appSteps are those about apps that act for somebody.
func (w *telling) appSteps(who string) []storytest.Step {
	const app = `([A-Z][a-z]+ Diary)`
	see := func(a []string, want bool) error {
		kind := things[a[2]]
		d, err := w.byApp(a[0])
		if err == nil {
			_, err = d.Read(w.t.Context(), record.Key{Type: kind[0], ID: low(a[1]) + kind[1]}, 0)
		}
		if err != nil && !problem.Is(err, problem.NotFound) && !problem.Is(err, problem.Forbidden) {
			return err
		}
		if (err == nil) != want {
			return fmt.Errorf("it is shown: %v (%v)", err == nil, err)
		}
		return nil
	}
	return []storytest.Step{
		on(who+" lets the app "+app+" in for "+who, func(a []string) error {
			if w.apps == nil {
				w.apps = map[string]letIn{}
			}
			w.apps[a[1]] = letIn{w.folk[a[0]].Account, w.rightOf(w.folk[a[0]], a[2])}
			_, err := w.byApp(a[1])
			return err
		}),
		on("the app "+app+" sees "+who+"'s "+thing, func(a []string) error { return see(a, true) }),
		on("the app "+app+" does not see "+who+"'s "+thing, func(a []string) error { return see(a, false) }),
		on("the log of "+who+" says that the app "+app+" looked for "+who, func(a []string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, e := range w.log {
				if e.Who.App == a[1] && e.Who.Role == access.RoleProxy && e.Who.Actor == "account:"+w.folk[a[2]].Account && e.Who.Mandate == w.apps[a[1]].mandate && e.Who.Patient == low(a[0]) && e.Purpose == access.Proxy {
					return nil
				}
			}
			return fmt.Errorf("no entry says so")
		}),
	}
}
