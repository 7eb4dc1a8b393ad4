package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// What somebody typed outlasts their session. A form that comes when they are
// signed out, work nowhere now, or have to use their passkey once more, goes back to
// the browser that sent it, in fields that nobody sees; when they are signed in they
// press one button, and find the form as they left it. This server keeps nothing of
// it, and no address or cookie holds any.
//
// Each form says in hidden fields who it was made for, about whom, and for which
// place of work. One that comes from the hands of somebody else, who signed in at
// the same browser in another tab, or about another person, for whom they act since,
// does nothing.

// The hidden fields of forms.
const (
	formAsks  = "asks"       // somebody types into the form
	formKept  = "kept"       // what was typed comes back from the page that held it
	formAs    = "made-by"    // a mark of the account
	formAbout = "made-about" // a mark of whom they act for, or of where they work
	formOnce  = "once"       // its number
)

// neverKept are fields that are made anew.
var neverKept = []string{formAsks, formKept, formOnce, "step", "ceremony", "answer"}

// keptAt are the pages with the forms that are sent elsewhere, by what the form's
// address ends with; others are sent to the page's own address.
var keptAt = map[string]string{sharingAt + "/save": sharingAt + "/new", "/disagree": "", "/details/send": "/details", emergencyAt + "/for": emergencyAt}

// formPage is the page where a form is that is sent to path.
func (v *visit) formPage(path string) string {
	if k, ok := entryNamed(v.typed("entry")); ok && strings.HasPrefix(path, sharingAt+"/") {
		return entryAt(k) + "/choose"
	}
	for ends, page := range keptAt {
		if before, ok := strings.CutSuffix(path, ends); ok {
			return before + page
		}
	}
	return path
}

// marks are the hidden fields of a form that is sent to path.
func (v *visit) marks(path string) [][2]string {
	if _, in, err := v.session(); err != nil || !in {
		return nil
	}
	all := [][2]string{{formAs, v.typist()}}
	if of := v.about(path); of != "" {
		all = append(all, [2]string{formAbout, of})
	}
	return all
}

// typist is a mark of whoever is signed in, by which a form knows its own: one
// person's words are not saved as another's, who signs in at the same browser.
func (v *visit) typist() string { return mark("form of " + v.s.Account) }

// about is a mark of whom somebody acts for, on the pages of that; and of the place
// where they work, on the pages of staff. It is empty elsewhere, for nobody and for
// no place.
func (v *visit) about(path string) string {
	switch {
	case strings.HasPrefix(path, familyRecordAt), strings.HasPrefix(path, familyAt+"/copy"):
		if r, ok, err := v.actingFor(); err == nil && ok {
			return mark("form about " + r.Patient)
		}
	case strings.HasPrefix(path, staffAt+"/") && v.s.Acting != "":
		return mark("form at " + v.s.Acting)
	}
	return ""
}

func mark(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:8])
}

// foreign is the refusal of a form that was made for somebody else, or is about
// somebody else than whoever sends it would now change; nil for none. What stands in
// it is forgotten.
func (v *visit) foreign() error {
	as, of := v.typed(formAs), v.typed(formAbout)
	if as == "" {
		return nil
	}
	if _, in, err := v.session(); err != nil || !in {
		return nil // which the page itself says
	}
	now := v.about(v.r.URL.Path)
	if as == v.typist() && (of == "" || now == "" || of == now) {
		return nil
	}
	v.r.PostForm = url.Values{}
	w := v.p.words.Kept
	if as != v.typist() {
		return problem.New(problem.Conflict, w.Else)
	}
	return problem.New(problem.Conflict, w.Other)
}

// worthKeeping says whether somebody typed what would be lost.
func (v *visit) worthKeeping() bool {
	return v.sentTo != "" || v.r.Method == http.MethodPost && (v.typed(formAsks) != "" || v.typed(formKept) != "" || formKey.MatchString(v.typed("key")) || v.sendsFile())
}

// sendsFile says whether a form comes with a file, which is not read before it is
// known who sends it.
func (v *visit) sendsFile() bool {
	kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// keptPage is what was typed, in fields that nobody sees.
type keptPage struct {
	Text   []string
	At     string // "" where the browser has to send it once more by itself
	First  link
	Hidden [][2]string
}

// keepTyped gives back what was typed, and says what to do first at an address.
func (v *visit) keepTyped(first string) error {
	w := v.p.words.Kept
	body := keptPage{Text: []string{w.Out, w.How, w.Close}, At: v.r.URL.Path, First: link{w.SignIn, first}, Hidden: [][2]string{{formKept, "yes"}}}
	if v.sentTo != "" {
		body.At = v.sentTo
	}
	switch first {
	case "/sign-in":
	case staffAt:
		body.Text[0], body.First.Text = w.Work, v.p.words.Staff.Title
	case familyAt:
		body.Text[0], body.First.Text = w.Acts, v.p.words.Family.Title
	default:
		body.Text[0], body.First.Text = w.Check, w.Use
	}
	if v.sendsFile() {
		body.At, body.Text[1] = "", w.File
	}
	for _, name := range slices.Sorted(maps.Keys(v.r.PostForm)) {
		if !slices.Contains(neverKept, name) {
			body.Hidden = append(body.Hidden, [2]string{name, v.r.PostForm.Get(name)})
		}
	}
	return v.show(http.StatusOK, "kept", w.Title, body)
}

// comesBack shows the form with what was typed into it.
func (v *visit) comesBack() error {
	r := v.r.Clone(v.r.Context())
	v.sentTo = r.URL.Path
	r.Method, r.URL.Path, r.URL.RawQuery = http.MethodGet, v.formPage(r.URL.Path), ""
	v.p.mux.ServeHTTP(v, r)
	return v.err
}

// keeps answers a form that can not be taken now, or that comes back from where it
// was held. done is false for every other request.
func (v *visit) keeps(in bool) (done bool, err error) {
	if !v.worthKeeping() {
		return false, nil
	}
	switch {
	case !in:
		return true, v.keepTyped("/sign-in")
	case v.sentTo == "" && v.typed(formKept) != "":
		return true, v.comesBack()
	}
	return false, nil
}
