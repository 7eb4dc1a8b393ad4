package portal

import (
	"net/url"
	"strconv"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/child/growing"
)

// mostGrowthRows is how many rows the table has at once; older ones are a link away.
const mostGrowthRows = 60

// growthTable is the table below the chart. Its cells know what they are, so that the page
// asks for it once a table and not once a cell: it is the slowest part of the page.
type growthTable struct {
	Caption, None, More string
	Heads               []string
	Rows                [][]growthCell
}

type growthCell struct{ Head, Text, Href, About string }

// table has the same numbers as the chart, the newest first.
func (g *grown) table() growthTable {
	w := g.p.words.Growth
	name := w.Measures[g.of.String()]
	t := growthTable{Caption: w.Table + ": " + name, None: g.noneHere(w.None), Heads: []string{w.Date, w.Age, w.CorrectedAge, w.Value, w.Centile, w.SDS, w.Who}}
	skip, _ := strconv.Atoi(g.r.URL.Query().Get("skip"))
	first := len(g.entries) - 1 - min(max(skip, 0), len(g.entries))
	for i := first; i >= 0 && len(t.Rows) < mostGrowthRows; i-- {
		row := g.row(i)
		for k := range row {
			row[k].Head = t.Heads[k]
		}
		t.Rows = append(t.Rows, row)
	}
	if left := first + 1 - len(t.Rows); left > 0 {
		q := url.Values{"of": {g.of.String()}, "skip": {strconv.Itoa(len(g.entries) - left)}}
		t.More = g.pageAt(q)
	}
	return t
}

// row is one measurement. What is not known is said to be not known.
func (g *grown) row(i int) []growthCell {
	w, e := g.p.words.Growth, g.entries[i]
	date := growthCell{Text: g.growthDay(e.On), About: w.Measures[g.of.String()]}
	if e.ID != "" {
		date.Href = g.folder.at + "/Observation/" + e.ID
	}
	age, corrected, centile, sds := w.NotKnown, w.NotKnown, w.NotKnown, w.NotKnown
	if g.child.Born != 0 {
		age = growth.AgeOn(g.child.Born, e.On)
		if _, known := g.child.CorrectedAge(e.On, growth.ForLife); known {
			corrected = growth.AgeOn(g.child.Born+growth.Date(growth.Term-g.child.Gestation), e.On)
		}
	}
	if len(g.results) > 0 {
		if s := g.results[i].Score(); s.Known() {
			centile, sds = g.centileText(s), signed(s.Z)
		}
	}
	out := []growthCell{date}
	for _, s := range []string{age, corrected, g.valueText(e), centile, sds, g.whoMeasured(e)} {
		out = append(out, growthCell{Text: s})
	}
	return out
}

// centileText is a centile as people read it on a chart.
func (g *grown) centileText(s *growth.Score) string {
	w := g.p.words.Growth
	switch {
	case s.Z < growth.Lines[0].Z:
		return w.BelowAll
	case s.Z > growth.Lines[len(growth.Lines)-1].Z:
		return w.Over
	}
	return ordinal(s.Centile)
}

// ordinal is a centile with its ending; below 1 and above 99 with one decimal.
func ordinal(c float64) string {
	if c < 1 || c > 99 {
		return strconv.FormatFloat(c, 'f', 1, 64) + "th"
	}
	n := int(c + 0.5)
	switch {
	case n%10 == 1 && n != 11:
		return strconv.Itoa(n) + "st"
	case n%10 == 2 && n != 12:
		return strconv.Itoa(n) + "nd"
	case n%10 == 3 && n != 13:
		return strconv.Itoa(n) + "rd"
	}
	return strconv.Itoa(n) + "th"
}

// signed is a number of standard deviations, to one decimal, with its sign.
func signed(z float64) string {
	s := strconv.FormatFloat(z, 'f', 1, 64)
	switch {
	case s == "-0.0" || s == "0.0":
		return "0.0"
	case z > 0:
		return "+" + s
	}
	return "\u2212" + s[1:]
}

// whoMeasured says who made an entry, and how.
func (g *grown) whoMeasured(e growing.Entry) string {
	w := g.p.words.Growth
	if e.Tree == nil {
		return w.WorkedOut
	}
	out := g.entry(e.Tree).By
	if note := g.noteOf(e.Tree.Root()); note != "" {
		out = note
	}
	for _, more := range []string{map[bool]string{true: w.AtBirth}[e.Birth], map[growth.Method]string{growth.Lying: w.Lying, growth.Standing: w.Standing}[e.Method]} {
		if more != "" {
			out += ", " + more
		}
	}
	return out
}
