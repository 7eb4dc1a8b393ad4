package proof

import (
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// together does n things at once, and gives how many went well.
func together(n int, do func(i int) bool) int {
	var all sync.WaitGroup
	var mu sync.Mutex
	good := 0
	for i := range n {
		all.Go(func() {
			if do(i) {
				mu.Lock()
				defer mu.Unlock()
				good++
			}
		})
	}
	all.Wait()
	return good
}

// Of many who claim one record at once one gets it, and the others wait for
// people.
func TestOfManyClaimsAtOnceOneIsLinked(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var all []*person
		var from []account.Source
		for range 5 {
			all, from = append(all, s.join("Ann")), append(from, s.somewhere())
		}
		d := s.of("ann")
		n := together(len(all), func(i int) bool {
			r, err := s.Claim(t.Context(), all[i].Session, from[i], d)
			if err != nil {
				t.Error(err)
			}
			return r.Linked
		})
		if n != 1 {
			t.Errorf("%d are linked", n)
		}
		owners := 0
		for _, p := range all {
			a, err := s.Accounts.Get(t.Context(), p.Account)
			s.ok(err)
			if a.Record == "ann" {
				owners++
			} else if a.Proof != account.P0 {
				t.Errorf("P%d without the record", a.Proof)
			}
		}
		if owners != 1 || len(s.questions()) != len(all)-1 {
			t.Errorf("%d have the record, and %d wait", owners, len(s.questions()))
		}
	})
}

// A code is good once, also for many at once, and of many answers to one
// question one counts.
func TestOfManyAtOnceOneCounts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		code := s.code("bob")
		var all []*person
		var from []account.Source
		for range 4 {
			all, from = append(all, s.join("Bob")), append(from, s.somewhere())
		}
		n := together(len(all), func(i int) bool {
			_, err := s.Redeem(t.Context(), all[i].Session, from[i], code, "2 1 1950")
			return err == nil
		})
		if n != 1 {
			t.Errorf("a code was good %d times", n)
		}
		p := s.join("Sam")
		s.linked(p.claim("sam"))(false, account.P0)
		id := s.questions()[0].ID
		n = together(4, func(i int) bool {
			err := s.Answer(t.Context(), admin, id, []string{"sam", "sam2", "", "sam"}[i], false, "because")
			if err != nil && !problem.Is(err, problem.Conflict) {
				t.Error(err)
			}
			return err == nil
		})
		if n != 1 {
			t.Errorf("a question was answered %d times", n)
		}
	})
}
