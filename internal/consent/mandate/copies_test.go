package mandate

import (
	"fmt"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/storytest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// copied is what somebody takes along of a record by their right, as it is at
// this moment; nothing where no right says so.
func (w *telling) copied(holder, person string) ([]string, error) {
	p := w.folk[holder]
	all, err := w.RightsOf(w.t.Context(), p.Account)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(r Right) bool { return r.Patient == low(person) })
	if i < 0 || all[i].May&Copy == 0 {
		return nil, nil
	}
	r := all[i]
	d, err := w.door.Open(w.t.Context(), access.Job("takeaway", r.Who("account:"+p.Account, r.Copies())), record.About{Patient: r.Patient}, access.Export)
	if err != nil {
		return nil, err
	}
	var keys []string
	_, err = d.Scan(w.t.Context(), fields(r.Types), time.Time{}, nil, "", func(one record.Resource) error {
		keys = append(keys, one.Key.String())
		return nil
	})
	return keys, err
}

// copySteps are those about copies that somebody takes along who acts.
func (w *telling) copySteps(who string) []storytest.Step {
	holds := func(a []string, want bool) error {
		keys, err := w.copied(a[0], a[1])
		if err != nil {
			return err
		}
		kind := things[a[3]]
		if got := slices.Contains(keys, kind[0]+"/"+low(a[2])+kind[1]); got != want {
			return fmt.Errorf("it is in the copy: %v (%v)", got, keys)
		}
		return nil
	}
	return []storytest.Step{
		on(who+"'s copy of "+who+"'s record holds "+who+"'s "+thing, func(a []string) error { return holds(a, true) }),
		on(who+"'s copy of "+who+"'s record does not hold "+who+"'s "+thing, func(a []string) error { return holds(a, false) }),
		on(who+" can take no copy of "+who+"'s record", func(a []string) error {
			keys, err := w.copied(a[0], a[1])
			if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.NotFound) {
				return nil
			}
			if err == nil && len(keys) > 0 {
				err = fmt.Errorf("it holds %v", keys)
			}
			return err
		}),
		on("the practice writes down that "+who+" is a parent of "+who+", and may take a copy", func(a []string) error {
			g := Grant{Patient: low(a[1]), Account: w.folk[a[0]].Account, Kind: KindParent, Name: a[0], Basis: Parent, May: Look | Ask | Manage | Copy, Evidence: []string{"BRTH"}}
			_, w.last = w.GiveAsStaff(w.t.Context(), practice, g)
			return nil
		}),
		on("the practice writes down that "+who+" acts in the best interest of "+who+", and may take a copy", func(a []string) error {
			g := Grant{Patient: low(a[1]), Account: w.folk[a[0]].Account, Kind: KindCarer, Name: a[0], Basis: BestInterest, May: Look | Ask | Manage | Copy}
			_, w.last = w.GiveAsStaff(w.t.Context(), practice, g)
			return nil
		}),
		on("the log of "+who+" says that "+who+" took a copy, for them", func(a []string) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			for _, e := range w.log {
				if e.Who.Role == access.RoleProxy && e.Who.Kind == access.Work && e.Who.Behind() == "account:"+w.folk[a[1]].Account && e.Who.Mandate != "" && e.Who.Patient == low(a[0]) && e.Purpose == access.Export {
					return nil
				}
			}
			return fmt.Errorf("no entry says so")
		}),
	}
}
