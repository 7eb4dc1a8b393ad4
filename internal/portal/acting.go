package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

const staffAt = "/staff"

// working is what was found out about where somebody works.
type working struct {
	looked bool
	acting staff.Acting
	failed error // of kind Forbidden: they act nowhere
}

// acting is who acts as staff in this visit. What it refuses with kind
// Forbidden is somebody who acts nowhere, or no longer where they did.
func (v *visit) acting() (staff.Acting, error) {
	if !v.work.looked {
		v.work.looked = true
		s, in, err := v.session()
		switch {
		case err != nil:
			v.work.failed = err
		case !in:
			v.work.failed = problem.New(problem.Forbidden, v.p.words.Staff.SignIn)
		default:
			v.work.acting, v.work.failed = v.p.cfg.Staff.ActingIn(v.r.Context(), s.Acting, s.Account)
		}
	}
	return v.work.acting, v.work.failed
}

// atWork lets a page be seen by members of staff who act in a role that has it.
// Others sign in first, or choose where they work, and then go on there. One
// whose place ended is told so.
func atWork(page staff.Page, do func(*visit) error) func(*visit) error {
	return member(func(v *visit) error {
		a, err := v.acting()
		switch {
		case problem.Is(err, problem.Forbidden) && v.s.Acting == "" && v.worthKeeping():
			return v.keepTyped(staffAt)
		case problem.Is(err, problem.Forbidden) && v.s.Acting == "" && v.r.Method == http.MethodGet:
			return v.goOn(withNext(staffAt, v.r.URL.Path))
		case err != nil:
			return err
		}
		if err := a.May(page); err != nil {
			return err
		}
		return do(v)
	})
}
