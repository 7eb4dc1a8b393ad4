package mandate

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

// ahead says that somebody reads of a change by age: the one whose record it is,
// or the one who has the right, each by their own list.
func (w *telling) ahead(a []string) error {
	reader, day, holder, when, what, person := a[0], a[1], a[2], a[3], a[4], a[5]
	all, err := w.HandedOver(w.t.Context(), low(person))
	if reader == holder {
		all, err = w.aheadOf(w.folk[reader].Session)
	}
	for _, h := range all {
		if h.At.In(w.Zone).Format(time.DateOnly) == day && h.Mandate.Relation.Name == holder && h.Mandate.Patient == low(person) && h.Past == (when == "sees") && h.Over == (what == "nothing more") {
			return err
		}
	}
	return errors.Join(err, fmt.Errorf("they read %+v", all))
}

func (w *telling) aheadOf(s account.Session) ([]Handover, error) {
	mine, err := w.Mine(w.t.Context(), s)
	if err != nil {
		return nil, err
	}
	return mine.Ahead(w.t.Context())
}

func (w *telling) noneAhead(reader string) error {
	all, err := w.HandedOver(w.t.Context(), low(reader))
	if p := w.folk[reader]; err == nil && p != nil {
		var own []Handover
		own, err = w.aheadOf(p.Session)
		all = append(all, own...)
	}
	if err == nil && len(all) > 0 {
		err = fmt.Errorf("they read %+v", all)
	}
	return err
}

func (w *telling) before(a []string) error {
	all, err := w.Before(w.t.Context(), low(a[0]))
	if err == nil && !slices.ContainsFunc(all, func(h Former) bool {
		return h.Mandate.Relation.Name == a[1] && h.Until.In(w.Zone).Format(time.DateOnly) == a[2]
	}) {
		err = fmt.Errorf("they read %+v", all)
	}
	return err
}

// A step that is told of is one where the right is less on the day than on the
// day before, and nothing else is told of, whatever the birth date and the day of
// giving: the steps are held against asking for the right on each day.
func TestStepsAreWhereTheRightBecomesLess(t *testing.T) {
	r, err := England()
	if err != nil {
		t.Fatal(err)
	}
	zone := time.UTC
	for _, born := range []string{"2088-02-29", "2089-05-04", "2087-12-31", "2086-01-01", "2085"} {
		for _, given := range []string{"2097-01-10", "2098-12-30", "2099-05-04"} {
			starts, _ := time.ParseInLocation(time.DateOnly, given, zone)
			d := Mandate{Basis: Parent, May: Look | Ask | Manage, Status: Active, published: 1, Starts: starts, Ends: starts.Add(longest), Review: starts.Add(longest)}
			s := subject{Born: born}
			until := starts.AddDate(7, 0, 0)
			told := map[string]Handover{}
			for _, h := range r.steps(d, s, ability{}, starts, until, starts, zone) {
				told[h.At.Format(time.DateOnly)] = h
			}
			before, had := r.stand(d, s, ability{}, starts, zone)
			for day := starts.AddDate(0, 0, 1); day.Before(until); day = day.AddDate(0, 0, 1) {
				after, has := r.stand(d, s, ability{}, day, zone)
				h, ok := told[day.Format(time.DateOnly)]
				less := had && (!has || after.Types != before.Types || after.May != before.May)
				if ok != less || ok && h.Over == has {
					t.Fatalf("born %s, given %s: on %s it is told %v, and less %v", born, given, day.Format(time.DateOnly), ok, less)
				}
				before, had = after, has
			}
		}
	}
}
