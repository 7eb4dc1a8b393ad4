package portal

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Bounds of what is said of places that send data.
const (
	mostLate     = 50 // of which it is asked whether entries are from there
	mostFromLate = 40 // entries that are read to find that out
	mostNamed    = 5
)

// withSources is a page of a record that says first which places its entries come
// from have fallen silent.
func withSources(do func(*folder) error) func(*folder) error {
	return func(f *folder) error {
		if f.after() == "" { // later pages say no more than the first one did
			f.lately = f.lateAhead()
		}
		return do(f)
	}
}

// lateAhead begins to find out, beside the page itself, which places have fallen
// silent, and gives what tells the sentences about those of them from which there are
// entries in the record that whoever looks may see: of other places they
// learn nothing. Where all places were heard from in time the record is not asked; else
// it is asked once, when the page is made. What can not be found out is said to be not
// known, and takes no page away.
func (f *folder) lateAhead() func() []string {
	if f.p.cfg.Sources == nil {
		return nil
	}
	var late []sources.Source
	wait := aside(func() (err error) { late, err = f.p.cfg.Sources.Late(f.r.Context()); return err })
	return func() []string {
		err := wait()
		return f.lateSources(late, err)
	}
}

// lateSources are those sentences.
func (f *folder) lateSources(late []sources.Source, err error) []string {
	w := f.p.words.Sources
	var here []sources.Source
	all := false
	if err == nil && len(late) > 0 {
		here, all, err = f.sendHere(late)
	}
	if err != nil {
		f.p.cfg.Log.WarnContext(f.r.Context(), "which places have fallen silent is not known", "cause", problem.LogText(err))
		return []string{w.NotKnown}
	}
	var said []string
	for i, s := range here {
		if i == mostNamed {
			all = false
			break
		}
		said = append(said, f.lateText(s))
	}
	if len(here) > 0 && !all {
		said = append(said, w.Others)
	}
	return said
}

// lateText says of one place when it was heard of last, and what that means.
func (v *visit) lateText(s sources.Source) string {
	w := v.p.words.Sources
	text := w.Last + " " + s.Name + " " + w.Day + " " + v.date(s.Heard) + "."
	if s.Heard.IsZero() {
		text = w.NeverKnown + " " + s.Name + "."
	}
	if !s.Down.IsZero() {
		text += " " + w.Down
	}
	return text + " " + w.Missing
}

// sendHere are those of some places from which there are entries that the viewer may
// see. all is false where there may be more of them: one question is bounded, and one
// place may have sent very much.
func (f *folder) sendHere(late []sources.Source) (here []sources.Source, all bool, err error) {
	types := f.searchable(lifeTypes())
	if len(types) == 0 {
		return nil, true, nil
	}
	asked := late[:min(len(late), mostLate)]
	uris := make([]string, len(asked))
	for i, s := range asked {
		uris[i] = s.URI
	}
	pairs := []search.Pair{{Name: "_source", Value: strings.Join(uris, ",")}, {Name: "_total", Value: "none"}}
	q, err := search.Parse(f.Registry(), types, nil, pairs, search.Options{Strict: true, Now: f.p.cfg.Now().UnixMicro()})
	if err != nil {
		return nil, false, err
	}
	q.Count = mostFromLate
	page, err := f.Search(f.r.Context(), q, "")
	if err != nil {
		return nil, false, err
	}
	found := map[string]bool{}
	for _, one := range page.Items {
		t, err := parsed(one.Body)
		if err != nil {
			return nil, false, err
		}
		found[t.Root().Get("meta").Get("source").Str()] = true
	}
	here = slices.DeleteFunc(slices.Clone(asked), func(s sources.Source) bool { return !found[s.URI] })
	all = (page.Next == "" || len(here) == len(asked)) && len(asked) == len(late)
	return here, all, nil
}
