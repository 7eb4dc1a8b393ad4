package portal

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/account"
)

// Where the pages about handing over are: of the person, and of whoever acts for
// somebody. The second is no page of a record, since after the day there is none
// that they could open.
const (
	yoursAt   = recordAt + childAt + "/yours"
	changesAt = familyAt + "/changes"
)

// handoverRoutes are those pages, the whole book, and how one of paper is copied.
var handoverRoutes = slices.Concat([]route{
	{"GET " + yoursAt, ofSelf(yours)},
	{"GET " + changesAt, member(familyChanges)},
}, wholeRoutes, paperRoutes())

// homeHandover tells on the first page what age changes soon, or changed of late:
// of somebody's own record, and of those for whom they act.
func (v *visit) homeHandover(add func(text, at string)) error {
	w, ctx := v.p.words.Handover, v.r.Context()
	mine, err := v.mandates()
	if err != nil {
		return err
	}
	others, err := mine.Ahead(ctx)
	if err != nil {
		return err
	}
	for _, h := range others {
		said := w.OtherLess
		switch {
		case h.Over && h.Past:
			said = w.OtherIsOver
		case h.Over:
			said = w.OtherOver
		case h.Past:
			said = w.OtherIsLess
		}
		add(w.On+" "+v.date(h.At)+" "+said+" "+h.Name, changesAt)
	}
	if v.s.Record == "" || v.lacksRecord() != account.NeedNothing {
		return nil
	}
	own, err := v.p.cfg.Mandates.HandedOver(ctx, recordID(v.s.Record))
	if err != nil {
		return err
	}
	own = slices.CompactFunc(own, func(a, b mandate.Handover) bool { return a.At.Equal(b.At) }) // two parents, one birthday
	for _, h := range own {
		said := w.OwnSoon
		if h.Past {
			said = w.OwnNow
		}
		add(w.On+" "+v.date(h.At)+" "+said, yoursAt)
	}
	return nil
}

// yours tells a young person that their red book is theirs: what changes when, who
// could see it, who can now, and how to let somebody in.
func yours(f *folder) error {
	w, ctx := f.p.words.Handover, f.r.Context()
	of, err := f.child()
	if err != nil {
		return err
	}
	held, err := f.p.cfg.Mandates.Held(ctx, f.patient)
	if err != nil {
		return err
	}
	past, err := f.p.cfg.Mandates.Before(ctx, f.patient)
	if err != nil {
		return err
	}
	now := table{Caption: w.Now, None: w.NowNone, Heads: []string{w.Who, w.Relation, w.What, f.p.words.Family.Until}}
	for _, h := range held {
		now.Rows = append(now.Rows, []cell{text(h.Relation.Name), text(f.kindWord(h.Relation.Kind)), text(f.seenByRight(h.Right)), text(f.date(h.Right.Until))})
	}
	before := table{Caption: w.Past, None: w.PastNone, Heads: []string{w.Who, w.Relation, w.Until}}
	for _, h := range past {
		before.Rows = append(before.Rows, []cell{text(h.Mandate.Relation.Name), text(f.kindWord(h.Mandate.Relation.Kind)), text(f.date(h.Until))})
	}
	title, lead := f.yoursNow(of.born)
	rules := f.p.cfg.Mandates.Rules
	by := w.ByRules + " " + rules.Jurisdiction + ", " + rules.Version + "."
	if strings.HasPrefix(rules.SignedOffBy, "nobody") {
		by += " " + w.NotSigned
	}
	return f.showSheet(&sheet{title: title, text: []string{lead, w.Kept, w.Looked, w.Parents, w.Help, by},
		tables: []table{f.agesTable(of.born), now, before},
		links: []link{{w.WhoLooked, lookedAt + "?why=" + access.Proxy.String()}, {w.Share, familyAt + "/invite"}, {w.Choose, sharingAt},
			{f.p.words.Book.BackTo, f.at + childAt}}})
}

// yoursNow is what somebody is told first at their age. Of whom no birthday is
// known, no parent has a right by being one.
func (f *folder) yoursNow(born string) (title, lead string) {
	w := f.p.words.Handover
	if born == "" {
		return w.TitleSoon, w.NoAge
	}
	look := []string{"*"}
	for _, b := range f.p.cfg.Mandates.Rules.Bands {
		if day := f.birthday(born, b.From); !f.p.cfg.Now().Before(day) {
			look = b.Look
		}
	}
	switch {
	case len(look) == 0:
		return w.Title, w.Theirs
	case slices.Contains(look, "*"):
		return w.TitleSoon, w.Full
	}
	return w.TitleSoon, w.Less
}

// birthday is when somebody becomes so many years old, as rights to act take it.
func (f *folder) birthday(born string, years int) time.Time {
	return mandate.Birthday(born, years, f.p.cfg.Zone)
}

// agesTable says what parents see from which age on, by the rules that hold here.
func (f *folder) agesTable(born string) table {
	w, rules := f.p.words.Handover, f.p.cfg.Mandates.Rules
	t := table{Caption: w.Ages, Heads: []string{w.Age, w.When, w.What}}
	row := func(age int, what string) {
		day := "–"
		if at := f.birthday(born, age); !at.IsZero() {
			day = f.date(at)
		}
		t.Rows = append(t.Rows, []cell{text(strconv.Itoa(age) + " " + w.Own), text(day), text(what)})
	}
	last := 0
	for _, b := range rules.Bands {
		row(b.From, f.seenBy(b.Look))
		last = b.From
	}
	if terms := rules.Bases[mandate.Consented]; terms != nil {
		for _, age := range terms.Stops {
			if age > last {
				row(age, w.AgeStop)
			}
		}
	}
	return t
}

// seenBy says which types of entries are shown, in words.
func (v *visit) seenBy(types []string) string {
	w := v.p.words.Handover
	switch {
	case len(types) == 0:
		return w.AgeNone
	case slices.Contains(types, "*"):
		return w.AgeAll
	}
	return w.AgeSome + " " + v.typeList(types) + "."
}

func (v *visit) typeList(types []string) string {
	var all []string
	for _, typ := range types {
		if name := v.p.words.Handover.Types[typ]; name != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, ", ")
}

// seenByRight says what a right shows.
func (v *visit) seenByRight(r mandate.Right) string {
	if r.Types == access.AllActing() {
		return v.p.words.Handover.Everything
	}
	return v.seenBy(strings.Fields(r.Types))
}

// familyChanges tells whoever acts for others what they see now and why, and what
// age changes.
func familyChanges(v *visit) error {
	w, ctx := v.p.words.Handover, v.r.Context()
	held, err := v.p.cfg.Mandates.Holding(ctx, v.s)
	if err != nil {
		return err
	}
	mine, err := v.mandates()
	if err != nil {
		return err
	}
	ahead, err := mine.Ahead(ctx)
	if err != nil {
		return err
	}
	s := &sheet{title: w.Changes, text: []string{w.ChangesText, w.Wrote, w.Stays, w.Ask}, links: []link{{v.p.words.Family.Title, familyAt}}}
	now := table{Caption: w.See, None: w.SeeNone, Heads: []string{w.ForWhom, w.What, w.Why, v.p.words.Family.Until}}
	for _, h := range held {
		now.Rows = append(now.Rows, []cell{text(h.Right.Name), text(v.seenByRight(h.Right)), text(v.rightRests(h)), text(v.date(h.Right.Until))})
		if h.Right.May&mandate.Copy != 0 && len(s.links) == 1 {
			s.links = append(s.links, link{w.Copy, familyCopyAt})
		}
	}
	then := table{Caption: w.Then, None: w.ChangesNone, Heads: []string{w.ForWhom, w.Day, w.What}}
	for _, h := range ahead {
		what := w.NothingThen
		if !h.Over {
			what = w.LessThen + " " + v.typeList(strings.Fields(h.After.Types)) + "."
		}
		then.Rows = append(then.Rows, []cell{text(h.Name), text(v.date(h.At)), text(what)})
	}
	s.tables = []table{now, then}
	return v.showSheet(s)
}

// rightRests is on what a right rests, in words.
func (v *visit) rightRests(h mandate.Held) string {
	w, bases := v.p.words.Handover, v.p.words.Family.Desk.Bases
	switch h.Basis {
	case mandate.Parent:
		if h.Right.Types == access.AllActing() {
			return w.WhyYoung
		}
		return w.WhyOlder
	case mandate.Consented:
		return w.WhyYes
	}
	return map[mandate.Basis]string{mandate.BestInterest: bases.BestInterest, mandate.Attorney: bases.Attorney, mandate.Deputy: bases.Deputy}[h.Basis]
}

// moreOfBook are links of the first page of the red book to what is beside its
// parts.
func (f *folder) moreOfBook() (all []link) {
	all = append(all, link{f.p.words.Whole.Link, f.at + wholeAt})
	if f.mayAdd() {
		all = append(all, link{f.p.words.Paper.Link, f.at + paperAt})
	}
	if f.own() {
		all = append(all, link{f.p.words.Handover.Link, yoursAt})
	}
	if f.why == access.Proxy {
		all = append(all, link{f.p.words.Handover.Changes, changesAt})
	}
	return all
}
