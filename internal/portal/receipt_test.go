package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/audit/witness"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// neighbour is a witness next door, who signs what it is shown.
type neighbour struct{ *receipt.Cosigner }

func (n neighbour) Ask(_ context.Context, _ witness.Log, signed []byte, at receipt.Checkpoint) (note.Signature, error) {
	out, err := note.Sign(&note.Note{Text: at.Text()}, n.Cosigner)
	if err != nil {
		return note.Signature{}, err
	}
	opened, err := note.Open(out, note.VerifierList(n.Witness))
	if err != nil {
		return note.Signature{}, err
	}
	return opened.Sigs[0], nil
}

// watched has a witness cosign the log, and gives the witness's key.
func (s *site) watched() string {
	s.t.Helper()
	c, err := receipt.NewCosigner("witness.example", bytes.Repeat([]byte{7}, 32), s.clock.now)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.kept.Settle(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	if err := s.kept.Attest(s.t.Context(), []audit.Cosigner{neighbour{c}}); err != nil {
		s.t.Fatal(err)
	}
	return c.Key()
}

// A receipt is a file that the command reads: it proves the list whole, and
// tells of nobody whom the page does not name.
func TestAReceiptOfTheList(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		s.patient("Zed", "zed")
		p := s.linked("Ann", "ann")
		s.mischief(op, "ann")
		p.get("/record/looked/receipt/file").shows(http.StatusServiceUnavailable)
		s.proves()
		list := p.get("/record/looked")
		list.shows(http.StatusOK, "A receipt of who looked")
		one := list.looked("Opened: Results")
		p.get(one).shows(http.StatusOK, "Get the receipt of this look")
		p.get(one+"/receipt").shows(http.StatusOK, "We also say where this look is in it", "Dr Ada Obi, Valley Hospitals", "Opened: Results")
		page := p.get("/record/looked/receipt")
		page.shows(http.StatusOK, "no look is missing")
		for _, part := range []string{`<script src="` + s.checker + `" defer>`, `data-verifier="` + s.verifier + `"`, `data-key="` + html.EscapeString(s.kept.Key()) + `"`} {
			if !strings.Contains(strings.ReplaceAll(page.Body.String(), "&#43;", "+"), part) {
				t.Errorf("the page has no %s", part)
			}
		}
		a := p.get("/record/looked/receipt/file")
		if a.Code != http.StatusOK || !strings.HasPrefix(a.Header().Get("Content-Disposition"), "attachment") || a.Header().Get("Cache-Control") != "no-store" {
			t.Fatal(a.Code, a.Header())
		}
		r, err := receipt.Parse(a.Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		key, err := note.NewVerifier(s.kept.Key())
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Verify(key, nil)
		if err != nil || res.Erased != 2 {
			t.Errorf("%d entries, of which %d are bare: %v", len(res.Entries), res.Erased, err)
		}
		for _, e := range res.Entries {
			if bytes.Contains(e, []byte("account:somebody")) || bytes.Contains(e, []byte("stranger")) {
				t.Errorf("it tells of somebody else: %q", e)
			}
		}

		s.linked("Bob", "bob").get(one+"/receipt").shows(http.StatusNotFound, "There is no such entry in your record.")
		s.join("Cal").get("/record/looked/receipt/file").shows(http.StatusForbidden)
		s.fails = true
		p.get("/record/looked/receipt/file").shows(http.StatusServiceUnavailable)
		s.fails = false
		s.clock.move(6 * time.Minute)
		p.get("/record/looked/receipt").to("/check?next=%2Frecord%2Flooked%2Freceipt")
		p.get("/record/looked/receipt/file").to("/check?next=%2Frecord%2Flooked%2Freceipt")
	})
}

// The page checks the receipt in the browser, and asks nobody. One that was
// changed is refused, and what is wrong with it is named.
func TestAReceiptIsCheckedInTheBrowser(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	h.proves()
	p := browsertest.Start(t).Open(t, h.url+"/")
	p.Plug()
	h.join(p, "Ann")
	h.link(p, "Ann", "ann")
	for range 5 {
		h.looksAs(access.Operator("token:x"), access.Operations, "ann", "Patient", "ann")
	}
	h.cfg.Witnesses = []string{h.watched()}
	p.Go(h.url+"/record/looked", "Who looked at your record")
	one := browsertest.Eval[string](p, `document.querySelector("main li a[href^='/record/looked/']:not([href$=download]):not([href$=receipt])").getAttribute("href")`)
	p.Go(h.url+one+"/receipt", "A receipt of who looked")
	p.FocusOn("Check it here")
	p.Press("\r")
	p.Until(judged)
	p.Says("The list is whole and nobody changed it.")
	p.Says("The look that you chose is in it, at place")
	p.Says("witness.example (")
	p.Says("The key was the one on this page.")
	p.AsksNobodyElse()
	p.Axe()
	for _, never := range []string{"does not hold", "Nobody else watches", "has not signed", "is not in this receipt"} {
		if strings.Contains(browsertest.Eval[string](p, "document.body.innerText"), never) {
			t.Errorf("the page says %q", never)
		}
	}
	good := browsertest.Eval[string](p, `fetch("/record/looked/receipt/file").then((r) => r.text())`)
	for _, c := range []struct {
		name, says string
		change     func(r map[string]any) any
	}{
		{"as it was", "The list is whole and nobody changed it.", func(r map[string]any) any { return r }},
		{"an entry is left out", "The list is not whole", func(r map[string]any) any { r["entries"] = r["entries"].([]any)[1:]; return r }},
		{"an entry is changed", "A look is not the one that was written in the log. It was changed later. Its place in the log: ", func(r map[string]any) any {
			e := r["entries"].([]any)[0].(map[string]any)
			e["entry"] = "AAAA" + e["entry"].(string)[4:]
			return r
		}},
		{"two entries change places", "The looks are in the wrong order.", func(r map[string]any) any {
			e := r["entries"].([]any)
			e[0], e[1] = e[1], e[0]
			return r
		}},
		{"the head is of another log", "The head of the log was not signed with this key.", func(r map[string]any) any {
			r["checkpoint"] = strings.Replace(r["checkpoint"].(string), "log.example\n", "log.example\n1", 1)
			return r
		}},
		{"another count", "The promise of how long the list is does not belong to this log.", func(r map[string]any) any {
			r["map"].(map[string]any)["count"] = 1
			return r
		}},
		{"no receipt", "The file can not be read as a receipt.", func(map[string]any) any { return "x" }},
	} {
		var r map[string]any
		if err := json.Unmarshal([]byte(good), &r); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(c.change(r))
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(string(b))
		if err != nil {
			t.Fatal(err)
		}
		browsertest.Eval[bool](p, `(() => { for (const e of document.querySelectorAll("[data-say]")) e.hidden = true; const d = new DataTransfer(); d.items.add(new File([`+string(text)+`], "kept.json"));
			const f = document.getElementById("file"); f.files = d.files; f.dispatchEvent(new Event("change")); return true })()`)
		p.Until(judged)
		p.Says(c.says)
		if held := strings.Contains(browsertest.Eval[string](p, "document.body.innerText"), "This receipt does not hold"); held != (c.name != "as it was") {
			t.Errorf("%s: refused %v", c.name, held)
		}
	}
	// A key from elsewhere counts, not the one on the page.
	other, err := receipt.NewCosigner("log.example", bytes.Repeat([]byte{9}, 32), h.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"log.example+00000000+AAAA", strings.Replace(h.kept.Key(), "log.", "dog.", 1), other.Key()} {
		browsertest.Eval[bool](p, `(() => { for (const e of document.querySelectorAll("[data-say]")) e.hidden = true; return true })()`)
		p.Type("The key of our log", key)
		p.FocusOn("Check it here")
		p.Press("\r")
		p.Until(judged)
		p.Says("This is no key of a log. Copy it whole.")
	}
	p.Axe()
}

// judged says that the page has said what came of it.
const judged = `[...document.querySelectorAll("[data-say]")].some((e) => !e.hidden && e.dataset.say !== "works")`

// Without JavaScript the page says how to check with the command.
func TestAReceiptWithoutJavaScript(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	s.proves()
	p := s.linked("Ann", "ann")
	body := p.get("/record/looked/receipt").Body.String()
	if !strings.Contains(body, "<noscript>") || !strings.Contains(body, `data-script hidden`) || !strings.Contains(body, "bevan verify-receipt FILE --key KEY") || !strings.Contains(strings.ReplaceAll(body, "&#43;", "+"), s.kept.Key()) {
		t.Error("the page shows a button that does nothing")
	}
}

func (a *album) aboutReceipts(s *site, p *person, look string) {
	s.proves()
	a.add("GET /record/looked/receipt", "asks", p.get("/record/looked/receipt"))
	s.cfg.Witnesses = []string{s.watched()}
	a.add("GET /record/looked/receipt", "with a witness", p.get("/record/looked/receipt"))
	a.add("GET /record/looked/{id}/receipt", "of one look", p.get(look+"/receipt"))
	a.add("GET /record/looked/{id}/receipt", "not there", p.get("/record/looked/"+strings.Repeat("z", 39)+"/receipt"))
	s.cfg.Witnesses = nil
}
