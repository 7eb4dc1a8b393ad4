package portal

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

// A browser that asks for Welsh gets it; a choice counts more than the browser;
// what nobody can speak is English.
func TestALanguageIsAskedForAndChosen(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.person()
	for asked, want := range map[string]string{
		"": "en-GB", "cy": "cy", "cy-GB,en;q=0.8": "cy", "en-US,cy;q=0.9": "en-GB", "fr,cy;q=0.2,en;q=0.1": "cy", "fr, de": "en-GB", "CY": "cy",
		"cy;q=0, en": "en-GB", "cy;q=7": "en-GB", "cy;q=x,": "en-GB", ";;;,,,": "en-GB", "*": "en-GB", strings.Repeat("a,", 5000) + "cy": "en-GB",
	} {
		s.reads = asked
		if got := p.get("/sign-in").find(`<html lang="([^"]+)" dir="ltr">`); got != want {
			t.Errorf("%.40q: %s, want %s", asked, got, want)
		}
	}
	s.reads = "cy"
	p.get("/sign-in").shows(http.StatusOK, "Mewngofnodi gydag allwedd mynediad", "Nid yw Bevan yn rhan o'r GIG.")
	a := p.send("/language", "language", "en-GB", "next", "/sign-in?next=%2Faccount%2Fsessions")
	a.to("/sign-in?next=%2Faccount%2Fsessions")
	if c := a.Result().Cookies()[0]; c.Name != "__Host-bevan-language" || c.Value != "en-GB" || !c.HttpOnly || !c.Secure || c.MaxAge != 365*24*60*60 {
		t.Errorf("%v", c)
	}
	p.get("/sign-in").shows(http.StatusOK, "Sign in with a passkey")
	p.send("/language", "language", "cy", "next", "/").to("/")
	p.get("/").shows(http.StatusOK, "Mae Bevan yn cadw un cofnod am oes")
	p.get("/health-a-to-z").shows(http.StatusOK, "Mae'r dudalen hon yn Saesneg.")
	p.send("/language", "language", "tlh").shows(http.StatusNotFound, "Does dim tudalen yn y cyfeiriad hwn.")
	p.cookies["__Host-bevan-language"].Value = "<script>"
	s.reads = ""
	p.get("/sign-in").shows(http.StatusOK, "Sign in with a passkey")
}

// Attack 76: choosing a language leads to no other website.
func TestAttack76ALanguageLeadsNowhereElse(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", strings.Repeat("/a", 5000)} {
		s.person().send("/language", "language", "cy", "next", next).to("/account")
	}
}

func FuzzAccepted(f *testing.F) {
	f.Add("cy-GB,en;q=0.8")
	f.Add("cy;q=NaN")
	f.Fuzz(func(t *testing.T, header string) {
		all := accepted(header)
		if len(all) > mostAccepted {
			t.Fatalf("%d languages", len(all))
		}
		for _, a := range all {
			if a.weight < 0 || a.weight > 1000 || a.tag == "" || len(a.tag) > mostTag {
				t.Fatalf("%+v of %q", a, header)
			}
		}
	})
}

// The order in which a browser names languages does not matter, but for those
// that it wants as much.
func TestWeightsDecide(t *testing.T) {
	p := &Portal{tongues: words.Languages(), site: &url.URL{Scheme: "https"}}
	rapid.Check(t, func(t *rapid.T) {
		cy, en := rapid.IntRange(0, 999).Draw(t, "cy"), rapid.IntRange(0, 999).Draw(t, "en")
		q := func(n int) string { return ";q=0." + strings.Repeat("0", 3-len(decimal(int64(n)))) + decimal(int64(n)) }
		want := "en-GB"
		if cy > en {
			want = "cy"
		}
		if cy == en {
			return
		}
		for _, h := range []string{"cy" + q(cy) + ",en" + q(en), "en" + q(en) + ", cy" + q(cy)} {
			r := &http.Request{Header: http.Header{"Accept-Language": {h}}}
			if got := p.tongue(r); got.Lang != want {
				t.Fatalf("%s: %s", h, got.Lang)
			}
		}
	})
}

// spokenParts are the text of the main part of a page, piece by piece.
func spokenParts(body string) (main string, texts []string) {
	_, main, _ = strings.Cut(body, "<main")
	main, _, _ = strings.Cut(main, "</main>")
	for _, m := range regexp.MustCompile(`>([^<]+)<`).FindAllStringSubmatch("<main"+main, -1) {
		if s := strings.TrimSpace(html.UnescapeString(m[1])); s != "" {
			texts = append(texts, s)
		}
	}
	return "<main" + main, texts
}

// Pages that were translated hold no English sentence that is not marked as such;
// all others say that they are English and are marked. What stands around each is
// Welsh. The pages are those of the album about signing in, sharing and looks.
func TestEveryPageInWelshIsMarkedRight(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	op := s.setUp()
	a := &album{t: t}
	s.reads = "cy"
	a.waysIn(s)
	a.aboutLooks(s, op)
	a.aboutSharing(s)
	a.aboutUses(s)
	w, whole, english := words.Welsh(), 0, 0
	marked := regexp.MustCompile(`<[a-z]+[^>]* lang="en-GB"[^>]*>[^<]*<`)
	for _, st := range a.all {
		body := st.page.Body.String()
		say := func(format string, args ...any) { t.Helper(); t.Errorf(st.route+", "+st.name+": "+format, args...) }
		if !strings.Contains(body, `<html lang="cy" dir="ltr">`) || !strings.Contains(html.UnescapeString(body), w.Footer) || !strings.Contains(body, w.Skip[:6]) {
			say("what stands around it is not Welsh")
		}
		main, _ := spokenParts(body)
		if strings.HasPrefix(main, `<main class="nhsuk-main-wrapper" id="main" tabindex="-1" lang="en-GB" dir="ltr">`) {
			if english++; !strings.Contains(html.UnescapeString(body), w.Language.Other) || translated[st.route] && !strings.Contains(main, "nhsuk-error") {
				say("it is English and does not say so, or was translated")
			}
			continue
		}
		whole++
		if strings.Contains(html.UnescapeString(body), w.Language.Other) {
			say("it is Welsh and says that it is not")
		}
		_, texts := spokenParts("<main" + marked.ReplaceAllString(main, "<") + "</main>")
		for _, text := range texts {
			if w.Borrowed[text] {
				say("it says in English, unmarked: %q", text)
			}
		}
	}
	if whole < 30 || english < 3 {
		t.Errorf("%d pages were Welsh and %d English", whole, english)
	}
}

// Somebody who reads Welsh chooses it with the keyboard, without JavaScript, and
// stays where they were.
func TestJourneyCymraeg(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	p := browsertest.Start(t).Open(t, h.url+"/sign-in")
	p.WithoutScripts()
	p.Go(h.url+"/sign-in", "Sign in")
	p.FocusOn("Cymraeg")
	p.PressTo(kb.Enter, "Mewngofnodi")
	p.Says("Mewngofnodi gydag allwedd mynediad")
	p.FocusOn("Rwyf wedi colli fy allwedd mynediad ac mae gen i god adfer")
	p.PressTo(kb.Enter, "Mewngofnodi gyda chod adfer")
	p.Type("Cod adfer", "abc")
	p.PressTo(kb.Enter, "Mae problem: Mewngofnodi gyda chod adfer")
	p.Says("Wnaeth hynny ddim gweithio.")
	p.FocusOn("English")
	p.PressTo(kb.Enter, "Sign in with a recovery code")
	p.AsksNobodyElse()
}

// Axe finds nothing in pages that are Welsh, or Welsh around English.
func TestAxeInWelsh(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	b := browsertest.Start(t)
	for path, title := range map[string]string{"/": "Eich cofnod iechyd", "/sign-in": "Mewngofnodi", "/health-a-to-z": "Health A to Z", "/nothing": "Wnaeth hyn ddim gweithio"} {
		p := b.Open(t, h.url+"/")
		p.SetCookie(h.url, languageCookie, "cy")
		p.Go(h.url+path, title)
		p.Axe()
		p.Close()
	}
}
