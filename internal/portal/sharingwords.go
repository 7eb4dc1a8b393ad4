package portal

import (
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/sharing"
	"github.com/bevanhealth/bevan/internal/record"
)

// choiceText says a choice in one sentence.
func (v *visit) choiceText(p sharing.Plain) string {
	w := v.p.words.Sharing
	does := w.MayNot
	if p.May {
		does = w.May
	}
	text := v.whomText(p.Whom) + " " + does + " " + v.aboutText(p.What)
	if p.DataFrom != "" || p.DataUntil != "" {
		text += " " + strings.TrimSpace(v.dayText(w.DatedFrom, p.DataFrom)+" "+v.dayText(w.DatedUntil, p.DataUntil))
	}
	if p.Why != sharing.AnyWhy {
		text += ", " + map[sharing.Why]string{sharing.Care: w.ForCare, sharing.Research: w.ForResearch}[p.Why]
	}
	return text + "."
}

func (v *visit) whomText(m sharing.Whom) string {
	w := v.p.words.Sharing
	name := m.Name
	if name == "" {
		name = m.ID
	}
	switch m.Kind {
	case sharing.Outside:
		var but []string
		for _, o := range m.But {
			but = append(but, o.Name)
		}
		return w.OutsideBut + " " + strings.Join(but, "; ")
	case sharing.Acting:
		return w.Acting
	case sharing.Organisation:
		return w.StaffOf + " " + name
	case sharing.App:
		return w.TheApp + " " + name
	case sharing.Team:
		return w.TheTeam + " " + name
	case sharing.Job, sharing.Somebody:
		return name
	}
	return w.Everybody
}

func (v *visit) aboutText(t sharing.What) string {
	w := v.p.words.Sharing
	switch t.Kind {
	case sharing.Label:
		return w.Labels[t.ID]
	case sharing.Group:
		return w.Groups[t.ID]
	case sharing.Entry:
		typ, _, _ := strings.Cut(t.ID, "/")
		return w.OneEntry + " (" + v.kindText(typ) + ")"
	}
	return w.Everything
}

// dayText is a word and a day; "" for no day.
func (v *visit) dayText(word, day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return word + " " + v.p.words.Dates.Day(at)
}

// spanText says from when until when a choice holds.
func (v *visit) spanText(p sharing.Plain) string {
	w := v.p.words.Sharing
	if text := strings.TrimSpace(v.dayText(w.DatedFrom, p.From) + " " + v.dayText(w.DatedUntil, p.Until)); text != "" {
		return text
	}
	return w.UntilEnded
}

// madeText says a choice, in the plain form or as another system wrote it.
func (v *visit) madeText(c sharing.Choice) string {
	if c.IsPlain {
		return v.choiceText(c.Plain)
	}
	return v.p.words.Sharing.Elsewhere
}

func (v *visit) choiceState(c sharing.Choice) string {
	w := v.p.words.Sharing
	switch {
	case !c.Active:
		return w.Ended
	case !c.Holds:
		return w.NotNow
	}
	return w.Holds
}

// defaults says what holds where nothing was chosen, as the policy of the
// service has it.
func (v *visit) defaults(s defaulter) []fact {
	w := v.p.words.Sharing
	staffed := access.Who{Role: access.RoleProfessional}
	care, rescue := s.Default(staffed, access.Care), s.Default(staffed, access.Emergency)
	app := s.Default(access.Who{Role: access.RoleSelf, App: "app"}, access.Own)
	acting, research := s.Default(access.Who{Role: access.RoleProxy}, access.Proxy), s.Default(access.Who{Role: access.RoleResearcher}, access.Research)
	first := func(text string, ok bool, other string) string {
		if ok {
			return text
		}
		return other
	}
	lines := []fact{{w.ByStaff, first(w.StaffAny, care.Permit, w.AskFirst)}, {w.ByActing, first(w.ActingMay, acting.Permit, w.AskFirst)},
		{w.ByApps, first(w.AppsMay, app.Permit, w.AskFirst)}, {w.ByRescue, first(w.RescueObeys, rescue.Obeyed, w.RescueLifts)}, {w.ByResearch, first(w.ResearchMay, research.Permit, w.AskFirst)}}
	if care.Permit && care.Tied {
		lines[0].Value = w.StaffTied
	}
	if !rescue.Known {
		lines[3].Value = w.AskFirst
	}
	return lines
}

// defaulter is a session that says what holds where nothing was chosen.
type defaulter interface {
	Default(who access.Who, why access.Purpose) record.Default
}

// effectTables say what disappears from whom, and what appears.
func (v *visit) effectTables(on []onlooker, p record.Preview) (tables []table, err error) {
	w := v.p.words.Sharing
	lost := table{Caption: w.Lost, None: w.LostNone, Heads: []string{w.FromWhom, w.What, w.HowMany}}
	gained := table{Caption: w.Gained, None: w.GainedNone, Heads: []string{w.ToWhom, w.What, w.HowMany}}
	entries := table{Caption: w.Entries, None: w.EntriesNone, Heads: []string{w.Entry, w.When}}
	seen, own := map[record.Key]bool{}, v.ownShowing()
	for i, e := range p.Effects {
		for _, side := range []struct {
			t     *table
			count map[string]int
		}{{&lost, e.Lost}, {&gained, e.Gained}} {
			for _, typ := range sortedKinds(side.count, v.kindText) {
				side.t.Rows = append(side.t.Rows, []cell{text(on[i].Name), text(v.kindText(typ)), text(decimal(int64(side.count[typ])))})
			}
		}
		for _, r := range append(e.LostEntries, e.GainedEntries...) {
			if seen[r.Key] || len(entries.Rows) >= record.MostPreviewed {
				continue
			}
			seen[r.Key] = true
			t, err := parsed(r.Body)
			if err != nil {
				return nil, err
			}
			title, date := own.preview(t)
			entries.Rows = append(entries.Rows, []cell{text(title), text(date)})
		}
	}
	return []table{lost, gained, entries}, nil
}
