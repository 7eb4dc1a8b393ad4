package portal

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

const languageAt = "/language"

// translated are the pages of which every sentence was translated. A page is in
// one language, so that a reader who listens hears it in one voice: all others
// stay English, say so, and are marked as English for those who read aloud.
var translated = map[string]bool{
	"/": true, "GET /signed-out": true, "GET /{$}": true, "GET /account": true,
	"GET " + recordAt: true, "GET " + recordAt + "/summary": true, "GET " + recordAt + "/timeline": true, "GET " + recordAt + "/all": true, "GET " + recordAt + "/{type}": true,
	"GET " + familyRecordAt: true, "GET " + familyRecordAt + "/summary": true, "GET " + familyRecordAt + "/timeline": true, "GET " + familyRecordAt + "/all": true, "GET " + familyRecordAt + "/{type}": true,
	"GET /sign-in": true, "POST /sign-in": true, "GET /sign-in/recovery": true, "POST /sign-in/recovery": true, "GET /sign-in/app": true, "POST /sign-in/app": true,
	"POST /sign-in/begin": true, "GET /account/new": true, "POST /account/new": true, "POST /account/new/begin": true,
	"GET /check": true, "POST /check": true, "POST /check/begin": true,
	"GET " + lookedAt: true, "GET " + lookedAt + "/download": true, "POST " + lookedAt + "/download": true, "GET " + lookedAt + "/{id}": true,
	"GET " + lookedAt + "/{id}/ask": true, "POST " + lookedAt + "/{id}/ask": true,
	"GET " + enquiriesAt: true, "GET " + enquiriesAt + "/{id}": true, "POST " + enquiriesAt + "/{id}/close": true,
	"GET " + sharingAt: true, "GET " + sharingAt + "/new": true, "POST " + sharingAt + "/new": true, "POST " + sharingAt + "/save": true,
	"GET " + sharingAt + "/{id}": true, "POST " + sharingAt + "/{id}/end": true,
	"GET /record/{type}/{id}/choose": true, "GET /record/{type}/{id}/private": true, "POST /record/{type}/{id}/private": true,
	"GET /record/{type}/{id}/own": true, "POST /record/{type}/{id}/own": true,
}

// in is the portal with its words in another language.
func (p *Portal) in(w *words.Words) *Portal {
	q := *p
	q.words = w
	return &q
}

// speak chooses the language of what stands around a page, and of the page where
// it was translated.
func (v *visit) speak() {
	v.around = v.p.tongue(v.r)
	if v.around != v.p.words && translated[v.r.Pattern] {
		v.p = v.p.in(v.around)
	}
}

// tongue is the language that somebody wants: what they chose, or else what their
// browser asks for, or else English.
func (p *Portal) tongue(r *http.Request) *words.Words {
	if c, err := r.Cookie(p.cookieName(languageCookie)); err == nil {
		for _, w := range p.tongues {
			if w.Lang == c.Value {
				return w
			}
		}
	}
	best, most := p.tongues[0], 0
	for _, a := range accepted(strings.Join(r.Header["Accept-Language"], ",")) {
		for _, w := range p.tongues {
			// A region does not matter: who reads en-US reads en-GB.
			if primary(a.tag) == primary(w.Lang) && a.weight > most {
				best, most = w, a.weight
			}
		}
	}
	return best
}

func primary(tag string) string {
	tag, _, _ = strings.Cut(tag, "-")
	return strings.ToLower(tag)
}

// acceptance is one language of the header, with its weight in thousandths.
type acceptance struct {
	tag    string
	weight int
}

// Bounds of what is read of the header.
const (
	mostAccepted = 20
	mostTag      = 35 // letters (RFC 5646, 4.4.1)
)

// accepted reads Accept-Language (RFC 9110, 12.5.4). What can not be read is left
// out: nobody is refused a page for it.
func accepted(header string) (all []acceptance) {
	for part := range strings.SplitSeq(header, ",") {
		if len(all) == mostAccepted {
			break
		}
		tag, params, _ := strings.Cut(part, ";")
		if tag = strings.TrimSpace(tag); tag == "" || len(tag) > mostTag {
			continue
		}
		weight := 1000
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			f, err := strconv.ParseFloat(q, 64)
			if err != nil || !(f >= 0 && f <= 1) {
				continue
			}
			weight = int(f * 1000)
		}
		all = append(all, acceptance{tag, weight})
	}
	return all
}

// chooseLanguage keeps which language somebody wants, in their browser, and leads
// back to where they were.
func chooseLanguage(v *visit) error {
	for _, w := range v.p.tongues {
		if w.Lang == v.typed("language") {
			v.setCookie(languageCookie, w.Lang, 365*24*time.Hour)
			next := v.r.PostForm.Get("next")
			if next == "/" {
				return v.goOn(next)
			}
			return v.goOn(local(next))
		}
	}
	return problem.New(problem.NotFound, v.p.words.Problem.NotHere)
}

// languageLink is a language that can be chosen.
type languageLink struct {
	Lang, Dir, Name string
	On              bool
}

func (v *visit) languages() (all []languageLink) {
	for _, w := range v.p.tongues {
		all = append(all, languageLink{w.Lang, w.Dir, w.Name, w == v.around})
	}
	return all
}

// here is the address to come back to when a language was chosen. What a form
// answered has none.
func (v *visit) here() string {
	if v.r.Method != http.MethodGet {
		return v.home()
	}
	if v.r.URL.Path == "/" {
		return "/"
	}
	if at := local(v.r.URL.RequestURI()); at != afterwards {
		return at
	}
	return local(v.r.URL.Path) // what was searched for may be in no address of ours
}

// langOf marks a sentence that is in another language than what is around it,
// since it was borrowed.
func langOf(w *words.Words, text string) template.HTMLAttr {
	if w == nil || !w.Borrowed[text] {
		return ""
	}
	return ` lang="en-GB" dir="ltr"`
}

// Lang marks what is wrong with a field where its sentence was borrowed.
func (f *field) Lang() template.HTMLAttr { return langOf(f.words, f.Problem) }
