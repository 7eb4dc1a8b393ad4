package portal

import (
	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/problem"
)

// own says whether it is the person themself who looks.
func (f *folder) own() bool { return f.why == access.Own }

// called is what the person is called, with what tells them from somebody of the
// same name where staff look; "" for one's own record.
func (f *folder) called() (string, error) {
	switch {
	case f.own():
		return "", nil
	case f.right.Name != "":
		return f.right.Name, nil
	}
	t, err := f.read, error(nil)
	if t == nil {
		t, err = read(f.r.Context(), f.Records, "Patient", f.patient)
	}
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return f.p.words.Folder.NotKnown, nil
	}
	if err != nil {
		return "", err
	}
	name := f.head(t).Title
	if born := f.dayOf(t.Root().Get("birthDate")); born != "" {
		name += ", " + f.p.words.Folder.Born + " " + born
	}
	return name, nil
}

// titled is the title of a page, with whose record it is where that is another's.
func (f *folder) titled(title string) (string, error) {
	name, err := f.called()
	if name != "" {
		title += " " + name
	}
	return title, err
}

// showFolder shows a page of the record under its title.
func (f *folder) showFolder(status int, page, title string, body any) error {
	title, err := f.titled(title)
	if err != nil {
		return err
	}
	return f.show(status, page, title, body)
}

// folderLinks are the other ways to look at a record.
func (f *folder) folderLinks() []link {
	w := f.p.words.Folder
	return []link{{w.Timeline, f.at + "/timeline"}, {f.p.words.Results.Link, f.at + "/results"}, {w.AllKinds, f.at + "/all"}, {f.p.words.Vaccinations.Link, f.at + vaccinationsAt}}
}

// folderWays are what can be done with a record: what everybody has, and what only
// the person has, or who acts for them by a right.
func (f *folder) folderWays() []link {
	all := []link{{f.p.words.IPS.Link, f.at + "/ips"}}
	if f.mayAdd() {
		all = append(all, link{f.p.words.Add.Link, f.at + "/add"})
	}
	if f.mayCard() {
		all = append(all, link{f.p.words.Card.Link, f.at + "/card"})
	}
	switch {
	case f.own():
		r := f.p.words.Record
		all = append(all, link{f.p.words.SeenAs.Link, seenAsAt}, link{f.p.words.Links.Link, linksAt}, link{r.Download, downloadAt}, link{r.Corrections, correctionsAt}, link{r.Erase, eraseAt})
	case f.right.May&mandate.Copy != 0:
		all = append(all, link{f.p.words.Family.Copy.Link, familyCopyAt})
	}
	return all
}

// one reads an entry of the record, whose type stands in the address.
func (f *folder) one() (*fhir.Tree, error) {
	typ, err := f.kindNamed()
	if err != nil {
		return nil, err
	}
	t, err := read(f.r.Context(), f.Records, typ, f.r.PathValue("id"))
	if problem.Is(err, problem.Forbidden) { // a kind that they may not see looks like one that has no such entry
		return nil, problem.Wrap(problem.NotFound, f.p.words.Problem.NotHere, err)
	}
	if err != nil {
		return nil, f.notThere(err)
	}
	return t, nil
}
