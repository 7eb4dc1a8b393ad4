package portal

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/skip2/go-qrcode"

	"github.com/bevanhealth/bevan/internal/exchange/healthlink"
	"github.com/bevanhealth/bevan/internal/exchange/ips"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

const healthLinksAt = recordAt + "/links"

// linkRoutes are the pages of links to somebody's own summary.
var linkRoutes = []route{
	{"GET " + healthLinksAt, ownRecord(myLinks)},
	{"GET " + healthLinksAt + "/new", ownRecord(newLink)}, {"POST " + healthLinksAt + "/new", ofSelf(newLinkFinish)},
	{"GET " + healthLinksAt + "/{id}", ownRecord(oneOfLinks)},
	{"GET " + healthLinksAt + "/{id}/stop", ownRecord(stopLink)}, {"POST " + healthLinksAt + "/{id}/stop", ownRecord(stopLinkFinish)},
}

// linkState says whether a link can be opened, and if not, why.
func (v *visit) linkState(l healthlink.Link) string {
	w := v.p.words.Links
	switch {
	case !l.Stopped.IsZero():
		return w.Stopped
	case l.Locked:
		return w.Locked
	case l.Opened >= l.Most:
		return w.Used
	case l.Over:
		return w.Ended
	}
	return w.Open
}

// myLinks lists the links that somebody made.
func myLinks(v *visit) error {
	w := v.p.words.Links
	all, err := v.p.cfg.Links.Of(v.r.Context(), v.s.Account)
	if err != nil {
		return err
	}
	t := table{Caption: w.Caption, None: w.None, Heads: []string{w.HeadName, w.HeadState, w.HeadEnds, w.HeadOpened}}
	for _, l := range all {
		t.Rows = append(t.Rows, []cell{{Text: l.Label, Href: healthLinksAt + "/" + url.PathEscape(l.ID)}, text(v.linkState(l)), text(v.date(l.Ends.Add(-1))), text(v.openedText(l))})
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.What}, button: link{w.New, healthLinksAt + "/new"}, tables: []table{t}})
}

func (v *visit) openedText(l healthlink.Link) string {
	w := v.p.words.Links
	return strconv.Itoa(l.Opened) + " " + w.Of + " " + strconv.Itoa(l.Most) + " " + w.Times
}

func (v *visit) linkQuestion() *question {
	w := v.p.words.Links
	code := &field{ID: "code", Label: w.Code, Hint: w.CodeHint, Code: true, Auto: "off"}
	if v.r.Method == http.MethodGet { // offered, and theirs to change or to clear
		code.Value = strings.ToLower(rand.Text()[:8])
	}
	f := v.newForm(w.Button, &field{ID: "label", Label: w.Name, Hint: w.NameHint}, code, v.dateField("day", w.Day, w.DayHint),
		&field{ID: "most", Label: w.Often, Value: "3", Options: []option{{"1", w.Once}, {"3", w.Few}, {"10", w.Ten}, {"50", w.Many}}})
	f.Cancel = healthLinksAt
	return &question{title: w.NewTitle, text: []string{w.NewText, w.NewNow}, form: f}
}

// newLink asks how a link is to be, of somebody who used their passkey of late.
func newLink(v *visit) error {
	if ok, err := v.need(account.Export, healthLinksAt+"/new"); err != nil || !ok {
		return err
	}
	return v.ask(v.linkQuestion())
}

// linkFields are the fields that refusals are about.
var linkFields = map[string]string{"link-label": "label", "link-code": "code", "link-ends": "day", "link-most": "most"}

// numbered is a session that knows whose record it is about.
type numbered interface{ Person() (int64, bool) }

// newLinkFinish makes it, and shows it this once.
func newLinkFinish(f *folder) error {
	if ok, err := f.need(account.Export, healthLinksAt+"/new"); err != nil || !ok {
		return err
	}
	w, q := f.p.words.Links, f.linkQuestion()
	day, _, ok := f.typedDay("day")
	if !ok {
		return f.again(q, "day", problem.New(problem.Invalid, w.BadDay))
	}
	most, err := strconv.Atoi(f.typed("most"))
	if err != nil {
		most = 0
	}
	of := healthlink.Whose{Account: f.s.Account, Patient: f.patient}
	if s, ok := f.Records.(numbered); ok {
		of.Person, _ = s.Person()
	}
	sum, err := f.ips()
	if err != nil {
		return f.notThere(err)
	}
	doc, err := sum.Document(f.p.cfg.Base, ips.NewNames())
	if err != nil {
		return err
	}
	a := healthlink.Asked{Label: f.typed("label"), Passcode: f.typed("code"), Ends: day.AddDate(0, 0, 1), Most: most}
	made, err := f.p.cfg.Links.Make(f.r.Context(), of, a, doc)
	if err != nil {
		return f.again(q, linkFields[problem.ReasonOf(err)], err)
	}
	draw, err := qr(made)
	if err != nil {
		return err
	}
	return f.show(http.StatusOK, "linkshown", w.ShownTitle, struct {
		Link, Path, Back string
		Size             int
		Coded            bool
	}{made, draw.path, healthLinksAt, draw.size, a.Passcode != ""})
}

// qrDrawing is a QR code as one path of squares, one to a unit.
type qrDrawing struct {
	path string
	size int
}

func qr(text string) (qrDrawing, error) {
	c, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return qrDrawing{}, problem.Wrap(problem.Internal, "", err)
	}
	bits := c.Bitmap()
	var b strings.Builder
	for y, row := range bits {
		for x, dark := range row {
			if dark {
				b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h1v1h-1z")
			}
		}
	}
	return qrDrawing{b.String(), len(bits)}, nil
}

// oneOfLinks shows a link, and who opened it as far as they said.
func oneOfLinks(v *visit) error {
	w := v.p.words.Links
	l, openings, err := v.p.cfg.Links.One(v.r.Context(), v.s.Account, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	coded := w.No
	if l.Coded {
		coded = w.Yes
	}
	t := table{Caption: w.Openings, None: w.OpeningsNone, Heads: []string{w.HeadWhen, w.HeadWho}}
	for _, o := range openings {
		t.Rows = append(t.Rows, []cell{text(v.when(o.At)), text(o.Recipient)})
	}
	s := &sheet{title: l.Label, text: []string{w.Unchecked}, tables: []table{t}, links: []link{{w.Back, healthLinksAt}},
		facts: []fact{{w.HeadState, v.linkState(l)}, {w.Made, v.when(l.Made)}, {w.HeadEnds, v.date(l.Ends.Add(-1))}, {w.HeadOpened, v.openedText(l)}, {w.Passcode, coded}}}
	if !l.Over {
		s.button = link{w.Stop, healthLinksAt + "/" + url.PathEscape(l.ID) + "/stop"}
	}
	return v.showSheet(s)
}

// stopLink asks whether a link is to be stopped.
func stopLink(v *visit) error {
	w := v.p.words.Links
	l, _, err := v.p.cfg.Links.One(v.r.Context(), v.s.Account, v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f := v.newForm(w.Stop)
	f.Danger, f.Cancel = true, healthLinksAt
	return v.ask(&question{title: w.StopTitle, shown: []string{l.Label}, text: []string{w.StopText}, form: f})
}

// stopLinkFinish stops it at once. No check stands before that: to close is always
// allowed to whoever may open.
func stopLinkFinish(v *visit) error {
	if err := v.p.cfg.Links.Stop(v.r.Context(), v.s.Account, v.r.PathValue("id")); err != nil {
		return err
	}
	return v.goOn(healthLinksAt)
}
