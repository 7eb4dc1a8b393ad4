package portal

import "net/http"

// summaryParts are what stands in the summary of a record, in that order: each is
// a category.
var summaryParts = []string{"medicines", "allergies", "problems", "vaccinations", "results", "documents", "appointments"}

// mostInPart is how many of each the summary shows.
const mostInPart = 6

// summaryPart is one of them, as it is shown.
type summaryPart struct {
	table
	AllAt, Cut string
}

// summary shows the newest of what people ask for most, each from the record with
// its source and its date. A part is one question, so that a large part hides no
// other one.
func summary(f *folder) error {
	w, says := f.p.words.Folder, f.says()
	body := struct {
		What  string
		Parts []summaryPart
		Links []link // to other ways to look
		Ways  []link // to what can be done
		Do    string
	}{What: says.What, Links: f.folderLinks(), Ways: f.folderWays(), Do: w.Do}
	for _, key := range summaryParts {
		c, _ := categoryOf(key)
		all, next, err := f.byTime(span{types: c.types, most: mostInPart})
		if err != nil {
			return err
		}
		part := summaryPart{table: f.listOf(w.Categories[key], says.Nones[key]), AllAt: f.at + "/" + key}
		for _, one := range all {
			part.Rows = append(part.Rows, f.lineOf(one).cells())
		}
		if next != "" {
			part.Cut = w.AllOfKind
		}
		body.Parts = append(body.Parts, part)
	}
	of, err := f.bookLink()
	if err != nil {
		return err
	}
	body.Links = append(of, body.Links...)
	return f.showFolder(http.StatusOK, "summary", says.Title, body)
}
