package portal

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// form is what a page asks.
type form struct {
	W       *words.Words
	Action  string // where it is sent to
	Next    string // where the person goes on to
	Fields  []*field
	Hidden  [][2]string
	Marks   [][2]string // who it is made for
	Button  string
	Danger  bool   // the button takes something away
	Upload  bool   // it sends a file
	Cancel  string // where those go who change their mind
	Problem string // what is wrong with the whole of it
	// Passkey is "get" or "create" where the button asks for a passkey, and ""
	// otherwise. Begin is where the script asks what to tell it.
	Passkey, Begin, NoScript string
}

// field is one question.
type field struct {
	ID, Label, Hint, Value string
	Type                   string // of the input; text unless told
	Auto                   string // what a browser may fill in (HTML, autofill)
	Mode                   string // the keyboard that a telephone shows
	Code                   bool   // letters and numbers that are not words
	// Options are what can be chosen, where it is a list; Lines is how many
	// lines a longer text has.
	Options         []option
	Lines           int
	Problem, Before string
	Date            *dateParts // where it is asked in three parts
	words           *words.Words
}

// option is one thing that can be chosen.
type option struct{ Value, Text string }

// Problems says whether something is wrong.
func (f *form) Problems() bool {
	for _, q := range f.Fields {
		if q.Problem != "" {
			return true
		}
	}
	return f.Problem != ""
}

// question is a page that asks one thing.
type question struct {
	title string
	text  []string
	form  *form
	links []link
	shown []string // values that the question is about, such as a name
}

type link struct{ Text, Href string }

// newForm is a form that is sent to the address of the page itself.
func (v *visit) newForm(button string, fields ...*field) *form {
	for _, f := range fields {
		f.Before, f.words = v.p.words.Form.Before, v.p.words
		if f.Type == "" {
			f.Type = "text"
		}
		if v.r.PostForm.Has(f.ID) {
			f.Value = v.r.PostForm.Get(f.ID)
		}
	}
	out := &form{W: v.p.words, Action: v.r.URL.Path, Button: button, Fields: fields, Marks: v.marks(v.r.URL.Path)}
	if len(out.Marks) > 0 {
		out.Marks = append(out.Marks, [2]string{formOnce, rand.Text()})
	}
	if len(fields) > 0 && len(out.Marks) > 0 {
		out.Marks = append(out.Marks, [2]string{formAsks, "yes"})
	}
	return out
}

// withPasskey makes the button ask for a passkey.
func (f *form) withPasskey(kind, noScript string) *form {
	f.Passkey, f.Begin, f.NoScript = kind, f.Action+"/begin", noScript
	return f
}

// ask shows a question.
func (v *visit) ask(q *question) error { return v.asked(http.StatusOK, q) }

func (v *visit) asked(status int, q *question) error {
	v.form = q.form
	return v.show(status, "ask", q.title, struct {
		Shown, Text []string
		Links       []link
	}{q.shown, q.text, q.links})
}

// again shows a question once more with what is wrong: at the field, or for the
// whole form where at is "" or no field of it. What the person can not mend
// becomes a page of its own.
func (v *visit) again(q *question, at string, err error) error {
	status, ok := mendable(err)
	if !ok {
		return err
	}
	q.form.wrong(at, v.p.sentence(err))
	return v.asked(status, q)
}

// wrong says what is wrong: at the field, or for the whole form where at is no
// field of it.
func (f *form) wrong(at, sentence string) {
	for _, q := range f.Fields {
		if q.ID == at {
			q.Problem = sentence
			return
		}
	}
	f.Problem = sentence
}

// mendable says whether a person can mend it on the page where they are, and
// with which status that page is shown. Who asks is not asked to sign in by
// HTTP's own means, so the status of a wrong code is not 401.
func mendable(err error) (status int, ok bool) {
	switch problem.KindOf(err) {
	case problem.Internal, problem.Unavailable, problem.Timeout:
		return 0, false
	case problem.TooMany:
		return http.StatusTooManyRequests, true
	}
	return http.StatusUnprocessableEntity, true
}

// fieldOf is the field that an error is about where it is the only one that can
// be misread; everything else is about the whole form.
func fieldOf(err error, id string) string {
	if problem.Is(err, problem.Invalid) {
		return id
	}
	return ""
}

// sent is what came of a form with a passkey: the ceremony and the answer.
func (v *visit) sent() (id string, answer []byte) {
	return v.r.PostForm.Get("ceremony"), []byte(v.r.PostForm.Get("answer"))
}

// answered finishes a question whose button asks for a passkey. A form without
// an answer was refused at its beginning, or came from a browser without
// JavaScript: beginning again here finds out which.
func (v *visit) answered(q *question, at string, begin func() (account.Ceremony, error), finish func(id string, answer []byte) error) (ok bool, err error) {
	id, answer := v.sent()
	if len(answer) == 0 {
		_, err := begin()
		if err == nil {
			return false, v.again(q, "", problem.New(problem.Invalid, v.p.words.Passkey.NoAnswer))
		}
		return false, v.again(q, fieldOf(err, at), err)
	}
	if err := finish(id, answer); err != nil {
		return false, v.again(q, "", err)
	}
	return true, nil
}

// typed is what was typed into a field, without blanks around it.
func (v *visit) typed(id string) string { return strings.TrimSpace(v.r.PostForm.Get(id)) }
