package portal

import "net/http"

// sheet is a page of facts and lists, which is what those see who keep things.
type sheet struct {
	title  string
	alarm  string // what has to be seen first
	text   []string
	shown  []fact // what is shown once, and is to be copied
	facts  []fact
	button link // what is done here most
	do     way  // the same, where it is a form
	links  []link
	tables []table
	after  []link // below the tables, where they are what somebody came for
}

// table is a list with a heading.
type table struct {
	Caption string
	None    string // what is said of an empty one
	Heads   []string
	Rows    [][]cell
	More    string // where the next page is; "" on the last one
}

// cell is one entry of a table. About is read out behind the text of a link,
// so that links with one text can be told apart.
type cell struct{ Text, Href, About string }

func text(s string) cell { return cell{Text: s} }

// showSheet shows a sheet.
func (v *visit) showSheet(s *sheet) error {
	return v.show(http.StatusOK, "sheet", s.title, struct {
		Alarm        string
		Text         []string
		Shown, Facts []fact
		Button       link
		Do           way
		Links        []link
		Tables       []table
		After        []link
	}{s.alarm, s.text, s.shown, s.facts, s.button, s.do, s.links, s.tables, s.after})
}

// perPage is how many rows a list shows at once.
const perPage = 25

// page cuts a list that was asked for with one row too many, and says whether
// there are more.
func page[T any](all []T) (shown []T, more bool) {
	if len(all) > perPage {
		return all[:perPage], true
	}
	return all, false
}

// after is where a list goes on: what the query of the page says.
func (v *visit) after() string { return v.r.URL.Query().Get("after") }

// more is the address of the next page.
func (v *visit) more(after string) string { return v.r.URL.Path + "?after=" + after }
