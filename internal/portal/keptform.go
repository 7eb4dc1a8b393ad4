package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/internal/problem"
)

// keeping is ofCare for a form that was typed with care: where the session ended
// meanwhile, or the place in which somebody works, what was typed goes back to the
// browser that sent it, and comes again when they are signed in. This server keeps
// nothing of it.
func keeping(do func(*folder) error) func(*visit) error {
	next := ofCare(do)
	return func(v *visit) error {
		_, in, err := v.session()
		if err != nil && !problem.Is(err, problem.Forbidden) {
			return err
		}
		if !formKey.MatchString(v.typed("key")) {
			return next(v)
		}
		if !in {
			return v.keepTyped("/sign-in")
		}
		if _, err := v.acting(); problem.Is(err, problem.Forbidden) && v.s.Acting == "" {
			return v.keepTyped(staffAt)
		}
		return next(v)
	}
}

// keptPage is what was typed, in fields that nobody sees.
type keptPage struct {
	Text   []string
	At     string
	First  link
	Hidden [][2]string
}

func (v *visit) keepTyped(first string) error {
	w := v.p.words.Clinic.Write
	body := keptPage{Text: slices.Clone(w.KeptText), At: v.r.URL.Path, First: link{w.KeptSignIn, first}, Hidden: [][2]string{{"step", "change"}}}
	if first == staffAt {
		body.Text[0], body.First.Text = w.KeptWork, v.p.words.Staff.Title
	}
	for _, name := range slices.Sorted(maps.Keys(v.r.PostForm)) {
		if name != "step" {
			body.Hidden = append(body.Hidden, [2]string{name, v.r.PostForm.Get(name)})
		}
	}
	return v.show(http.StatusOK, "kept", w.KeptTitle, body)
}

// typist is a mark of whoever is signed in, by which a form knows its own: one
// person's words are not saved as another's, who signs in at the same browser.
func (v *visit) typist() string {
	sum := sha256.Sum256([]byte("form of " + v.s.Account))
	return hex.EncodeToString(sum[:8])
}

// strange says whether somebody else typed a form. What they typed is forgotten.
func (v *visit) strange() bool {
	if as := v.typed("as"); as == "" || as == v.typist() {
		return false
	}
	v.r.PostForm = nil
	return true
}
