package portal

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/exchange/ips"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// cardRoutes are the pages of an emergency card: of the person, and of whoever acts
// for them.
var cardRoutes = []route{
	{"GET " + recordAt + "/card", ofSelf(cardAsk)}, {"POST " + recordAt + "/card", ofSelf(cardMake)},
	{"GET " + familyRecordAt + "/card", ofFamily(cardAsk)}, {"POST " + familyRecordAt + "/card", ofFamily(cardMake)},
}

// mayCard says whether the viewer is offered a card. Staff have the record itself.
func (f *folder) mayCard() bool { return f.own() || f.right.Mandate != "" }

// cardParts are what of the record can stand on a card, in the order in which
// those who help want to know it; blood is no part of a summary.
var cardParts = []string{"allergies", "problems", "medicines", "blood"}

// mostTypedOnCard is how many characters may be typed into one field of a card.
const mostTypedOnCard = 300

// cardQuestion asks what is to be on the card. It is sent and not asked for by an
// address, since what is typed is nobody's but theirs and addresses are logged.
func (f *folder) cardQuestion() *question {
	w := f.p.words.Card
	labels := map[string]string{"allergies": w.Allergies, "problems": w.Problems, "medicines": w.Medicines, "blood": w.Blood}
	var fields []*field
	for _, key := range cardParts {
		fields = append(fields, &field{ID: key, Label: labels[key], Options: []option{{"on", w.On}, {"off", w.Off}}})
	}
	fields = append(fields, &field{ID: "contacts", Label: w.Contacts, Hint: w.ContactsHint, Lines: 3}, &field{ID: "note", Label: w.Note, Hint: w.NoteHint, Lines: 3})
	if f.mayTake() {
		fields = append(fields, &field{ID: "do", Label: w.Do, Options: []option{{"show", w.Show}, {"file", w.File}}})
	}
	q := &question{text: []string{f.mine(w.What, w.WhatOther), w.Kept}, form: f.newForm(w.Button, fields...)}
	q.form.Cancel = f.at + "/summary"
	return q
}

func cardAsk(f *folder) (err error) {
	q := f.cardQuestion()
	if q.title, err = f.titled(f.mine(f.p.words.Card.Own, f.p.words.Card.Other)); err != nil {
		return err
	}
	return f.ask(q)
}

// emergencyCard is what stands on one.
type emergencyCard struct {
	W               *words.Words
	Title           string
	Facts           []fact
	Made            string
	Parts           []ipsPart
	Contacts, Notes []string
	Change          string
}

// cardMake shows the card, or hands it out as a file.
func cardMake(f *folder) (err error) {
	w, q := f.p.words.Card, f.cardQuestion()
	if q.title, err = f.titled(f.mine(w.Own, w.Other)); err != nil {
		return err
	}
	for id, long := range map[string]string{"contacts": w.LongContacts, "note": w.LongNote} {
		if len([]rune(f.typed(id))) > mostTypedOnCard {
			q.form.wrong(id, long)
		}
	}
	if q.form.Problems() {
		return f.asked(http.StatusUnprocessableEntity, q)
	}
	file := f.typed("do") == "file" && f.mayTake()
	if file {
		if n := f.toTake().Lacks(f.s.Standing, f.s.Verified, f.p.cfg.Now()); n != account.NeedNothing {
			q.links = []link{{w.Check, withNext("/check", f.at+"/card")}}
			return f.again(q, "", n.Problem())
		}
	}
	c, err := f.emergencyCard()
	if err != nil {
		return f.notThere(err)
	}
	if !file {
		return f.show(http.StatusOK, "card", c.Title, c)
	}
	var b bytes.Buffer
	t, err := cardFile()
	if err == nil {
		err = t.Execute(&b, c)
	}
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return f.sendTaken("text/html; charset=utf-8", "emergency-card", ".html", b.Bytes())
}

//go:embed alone/card.html
var aloneCard embed.FS

// cardFile is the card as a file that stands by itself: it has its style in it,
// runs nothing and asks for nothing, so it can be read with no network at all.
func cardFile() (*template.Template, error) { return template.ParseFS(aloneCard, "alone/card.html") }

// emergencyCard reads what was chosen. Of what was left off nothing is read.
func (f *folder) emergencyCard() (*emergencyCard, error) {
	w, o := f.p.words.Card, f.ipsOptions()
	for _, key := range cardParts {
		if f.typed(key) != "off" && key != "blood" {
			o.Only = append(o.Only, key)
		}
	}
	if len(o.Only) == 0 {
		o.Only = []string{"-"} // no part has that key
	}
	sum, err := ips.Read(f.r.Context(), f.Records, o)
	if err != nil {
		return nil, err
	}
	c := &emergencyCard{W: f.p.words, Facts: f.ipsFacts(sum), Made: sum.Made.In(f.p.cfg.Zone).Format("2 January 2006"), Change: f.at + "/card",
		Contacts: typedLines(f.typed("contacts")), Notes: typedLines(f.typed("note"))}
	c.Facts = c.Facts[:len(c.Facts)-1] // the day stands by itself, in large letters
	if c.Title, err = f.titled(f.mine(w.Title, w.TitleOther)); err != nil {
		return nil, err
	}
	for _, key := range cardParts {
		if sec, ok := sum.Section(key); ok {
			c.Parts = append(c.Parts, ipsPart{Title: sec.Title, Lines: sec.Lines(o.Words), None: len(sec.Entries) == 0})
		}
	}
	if f.typed("blood") != "off" {
		sec, err := ips.BloodGroup(f.r.Context(), f.Records, f.ipsOptions())
		if err != nil {
			return nil, err
		}
		sec.None = w.NoBlood
		c.Parts = append(c.Parts, ipsPart{Title: w.BloodHead, Lines: sec.Lines(o.Words), None: len(sec.Entries) == 0})
	}
	return c, nil
}

// typedLines are the lines of what somebody typed, without empty ones.
func typedLines(s string) []string {
	all := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return slices.DeleteFunc(all, func(l string) bool { return l == "" })
}
