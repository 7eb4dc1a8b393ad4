package portal

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// stillTheirs refuses what belongs to an account and a record that are apart.
func (s *site) stillTheirs(all *account.Accounts) func(context.Context, string, string) error {
	return func(ctx context.Context, id, patient string) error {
		a, err := all.Get(ctx, id)
		if err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
		if err != nil || a.Record != "Patient/"+patient {
			return account.NeedRecord.Problem()
		}
		return nil
	}
}

// aboutLinks is the pages of links to a summary.
func (a *album) aboutLinks(s *site) {
	p := s.linked("Gwen", "linker")
	a.add("GET /record/links", "none", p.get("/record/links"))
	a.add("GET /record/links/new", "asks", p.get("/record/links/new"))
	a.add("POST /record/links/new", "nothing typed", p.send("/record/links/new", "label", ""))
	a.add("POST /record/links/new", "the link", p.makesLink("tulip42"))
	id := p.get("/record/links").find(`href="/record/links/([A-Z0-9]+)"`)
	a.add("GET /record/links", "one", p.get("/record/links"))
	a.add("GET /record/links/{id}", "not opened", p.get("/record/links/"+id))
	a.add("GET /record/links/{id}/stop", "asks", p.get("/record/links/"+id+"/stop"))
}

// makesLink makes a link for a week.
func (p *person) makesLink(code string) answer {
	p.t.Helper()
	p.use("/check", "next", "/record/links/new")
	day := p.s.clock.now().AddDate(0, 0, 7)
	return p.send("/record/links/new", "label", "For the clinic", "code", code, "most", "3", "day", day.Format("2"), "daymonth", day.Format("1"), "dayyear", day.Format("2006"))
}

// reader is a program of others that was given a link.
type reader struct {
	URL, Key, Flag string
}

func (a answer) reader() (r reader) {
	a.p.t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(a.find(`shlink:/([A-Za-z0-9_-]+)`))
	if err != nil || json.Unmarshal(b, &r) != nil {
		a.p.t.Fatal("the page shows no link")
	}
	return r
}

func (s *site) opens(r reader, code string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b, _ := json.Marshal(map[string]string{"recipient": "Dr <b>Lee</b>", "passcode": code})
	q := httptest.NewRequestWithContext(s.t.Context(), "POST", r.URL, strings.NewReader(string(b)))
	q.Header.Set("Origin", "https://reader.example")
	q.Header.Set("Content-Type", "application/json")
	s.plant.ServeHTTP(w, q)
	return w
}

func TestALinkToASummary(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.hardResult("gwen")
		p.choosesFor("genetic", "wait").to("/account")
		p.get("/record/links").shows(http.StatusOK, "You have no links yet.")
		page := p.makesLink("tulip42")
		page.shows(http.StatusOK, "Your link", "We do not keep it")
		page.hides("tulip42")
		if body := page.Body.String(); !strings.Contains(body, `role="img"`) || !strings.Contains(body, "QR code") || !strings.Contains(body, "h1v1h-1z") {
			t.Error("the link is not drawn")
		}
		r := page.reader()
		if r.Flag != "P" || !strings.HasPrefix(r.URL, origin+"/health-link/") {
			t.Errorf("%+v", r)
		}
		if w := s.opens(r, "guess"); w.Code != http.StatusUnauthorized || w.Body.String() != `{"remainingAttempts":4}` || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		w := s.opens(r, "tulip42")
		var m struct{ Files []struct{ Embedded string } }
		if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &m) != nil || len(m.Files) != 1 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		key, _ := base64.RawURLEncoding.DecodeString(r.Key)
		jwe, err := jose.ParseEncryptedCompact(m.Files[0].Embedded, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
		p.must(err)
		doc, err := jwe.Decrypt(key)
		p.must(err)
		if text := string(doc); !strings.Contains(text, "Penicillin") || strings.Contains(text, "ebra") || !strings.Contains(text, "Some results are not in here.") {
			t.Error("the document is not what the person's own page shows")
		}
		id := p.get("/record/links").find(`href="/record/links/([A-Z0-9]+)"`)
		a := p.get("/record/links/" + id)
		a.shows(http.StatusOK, "For the clinic", "Dr <b>Lee</b>", "1 of 3 times", "We can not check who opens a link.")
		a.hides("shlink", r.Key)
		p.send("/record/links/" + id + "/stop").to("/record/links")
		p.get("/record/links").shows(http.StatusOK, "No, you stopped it")
		if w := s.opens(r, "tulip42"); w.Code != http.StatusNotFound {
			t.Errorf("stopped: %d", w.Code)
		}
	})
}

// What is wrong stands at its field, and what was typed is kept.
func TestALinkThatCanNotBeMade(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		for want, fields := range map[string][]string{
			"Type a day, such as":                     {"label", "Kept", "day", "31", "daymonth", "2", "dayyear", "2026", "most", "3"},
			"Choose a last day that is within":        {"label", "Kept", "day", "1", "daymonth", "1", "dayyear", "2030", "most", "3"},
			"Type a passcode of 6":                    {"label", "Kept", "day", "9", "daymonth", "5", "dayyear", "2026", "most", "3", "code", "123"},
			"Choose how often it can be opened.":      {"label", "Kept", "day", "9", "daymonth", "5", "dayyear", "2026", "most", "99"},
			"Give the link a name of 1 to 80 letters": {"label", "", "day", "9", "daymonth", "5", "dayyear", "2026", "most", "3"},
		} {
			p.send("/record/links/new", fields...).shows(http.StatusUnprocessableEntity, "There is a problem", want)
		}
		if all, err := s.cfg.Links.Of(t.Context(), p.account()); err != nil || len(all) != 0 {
			t.Errorf("%v, %v", all, err)
		}
	})
}

// A link is made only by the person themself, who used their passkey of late; its
// pages are theirs alone; and it ends with their hold on the record.
func TestAttack76LinksOfAnother(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		r := p.makesLink("").reader()
		id := p.get("/record/links").find(`href="/record/links/([A-Z0-9]+)"`)
		mal := s.linked("Mal", "mal")
		mal.get("/record/links").hides("For the clinic")
		mal.get("/record/links/" + id).shows(http.StatusNotFound)
		mal.send("/record/links/" + id + "/stop").shows(http.StatusNotFound)
		s.person().get("/record/links/" + id).hides("For the clinic")
		if w := s.opens(r, ""); w.Code != http.StatusOK {
			t.Errorf("it was stopped by somebody else: %d", w.Code)
		}
		s.clock.move(10 * time.Minute)
		p.get("/record/links/new").to("/check?next=%2Frecord%2Flinks%2Fnew")
		p.send("/record/links/new", "label", "x").to("/check?next=%2Frecord%2Flinks%2Fnew")
		// What the person chose since changes nothing of a link: it is of its day.
		s.put(`{"resourceType":"AllergyIntolerance","id":"gweny","code":{"text":"Dust"},"patient":{"reference":"Patient/gwen"}}`)
		if w := s.opens(r, ""); w.Code != http.StatusOK {
			t.Errorf("%d", w.Code)
		}
		p.must(s.cfg.Links.Erase(t.Context(), "gwen"))
		if w := s.opens(r, ""); w.Code != http.StatusNotFound {
			t.Errorf("after the record was erased: %d", w.Code)
		}
	})
}
