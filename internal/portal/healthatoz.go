package portal

import (
	"net/http"
	"strings"
	"unicode"

	"github.com/bevanhealth/bevan/internal/portal/atoz"
)

// pageLine is one page in a list.
type pageLine struct{ Title, Href, Kind string }

// letterOf is the pages with one letter.
type letterOf struct {
	Letter string
	Pages  []pageLine
}

func (v *visit) pageLines(pages []*atoz.Page) (lines []pageLine) {
	for _, p := range pages {
		lines = append(lines, pageLine{p.Title, p.Link().Href(), v.p.words.AToZ.Kinds[string(p.Kind)]})
	}
	return lines
}

// healthAToZ lists all pages by letter, or those that a search finds.
func healthAToZ(v *visit) error {
	w := v.p.words.AToZ
	body := struct {
		Asked   bool
		Query   string
		Found   []pageLine
		Letters []letterOf
	}{Query: strings.TrimSpace(v.r.URL.Query().Get("q"))}
	if body.Asked = body.Query != ""; body.Asked {
		body.Found = v.pageLines(v.p.library.Search(body.Query))
		return v.show(http.StatusOK, "healthatoz", w.Found, body)
	}
	for _, p := range v.p.library.All() {
		letter := strings.ToUpper(string([]rune(p.Title)[:1]))
		if !unicode.IsLetter([]rune(letter)[0]) {
			letter = "0-9"
		}
		if n := len(body.Letters); n == 0 || body.Letters[n-1].Letter != letter {
			body.Letters = append(body.Letters, letterOf{Letter: letter})
		}
		last := &body.Letters[len(body.Letters)-1]
		last.Pages = append(last.Pages, v.pageLines([]*atoz.Page{p})...)
	}
	return v.show(http.StatusOK, "healthatoz", w.Title, body)
}
