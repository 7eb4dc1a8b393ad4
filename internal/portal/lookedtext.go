package portal

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/record"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// whoText says who somebody is to the person whose record it is. It is never
// empty: who is not known is called so.
func (v *visit) whoText(n names.Named) string {
	w := v.p.words.Looked
	out := w.Somebody
	switch n.Sort {
	case names.Yourself:
		out = w.You
	case names.Proxy:
		if out = w.ActingUnknown; n.Name != "" {
			out = n.Name + ", " + w.Acting
		}
	case names.Staff, names.Research:
		if out = n.Name; out == "" {
			out = w.StaffUnknown
		}
		if n.Sort == names.Research {
			out += ", " + w.Researcher
		}
		out += ", " + orUnknown(n.Organisation, w)
	case names.Operator:
		if out = w.Operator; n.Name != "" {
			out += ", " + n.Name
		}
	case names.Program:
		if out = w.ProgramUnknown; n.Name != "" {
			out = w.Program + " " + n.Name
		}
	case names.Service:
		job := w.Jobs[n.Job]
		if job == "" {
			job = w.ServiceOther
		}
		out = w.Service + ": " + job
		if n.Behind != nil && n.Behind.Sort != names.Somebody {
			behind := v.whoText(*n.Behind)
			out += ", " + w.For + " " + strings.ToLower(behind[:1]) + behind[1:]
		}
		return out
	}
	if n.App != "" {
		out += ", " + w.With + " " + n.App
	}
	return out
}

// kindText is what a type is called.
func (v *visit) kindText(typ string) string {
	if typ == "" {
		return v.p.words.Looked.Record
	}
	if k := v.p.words.Kinds[typ]; k != "" {
		return k
	}
	return typ
}

// whatText says what was done.
func (v *visit) whatText(l *record.Look) string {
	w := v.p.words.Looked
	did := map[access.Verb]string{access.Read: w.Read, access.Search: w.Searched, access.History: w.Versions, access.TypeHistory: w.Versions,
		access.Follow: w.Followed, access.Create: w.Added, access.Update: w.Changed, access.Delete: w.Deleted}[l.Verb]
	if l.Type == "" {
		return did + " " + w.Record
	}
	return did + ": " + v.kindText(l.Type)
}

// noteText is what came of it, in the list: what was refused, and how much was
// shown.
func (v *visit) noteText(l *record.Look) string {
	w := v.p.words.Looked
	switch {
	case l.Outcome == http.StatusNotFound || l.Outcome == http.StatusGone:
		return w.NotThere
	case l.Refused():
		return w.Tried
	case l.Verb&^access.Looking != 0:
		return w.Done
	case len(l.Returned) == 0:
		return w.Nothing
	case len(l.Returned) == 1:
		return w.OneGiven
	}
	return w.ManyGiven + ": " + strconv.Itoa(len(l.Returned)) + "."
}

// becameText is what came of it, on the page of one entry.
func (v *visit) becameText(l *record.Look) string {
	w := v.p.words.Looked
	switch {
	case l.Outcome == http.StatusNotFound || l.Outcome == http.StatusGone:
		return w.NotThere
	case l.Outcome >= http.StatusInternalServerError:
		return w.Broke
	case l.Refused():
		return w.NotGiven
	}
	out := w.Done
	if l.Verb&^access.Looking == 0 {
		out += " " + v.noteText(l)
	}
	if l.Total >= 0 {
		out += " " + w.Told + ": " + decimal(l.Total) + "."
	}
	return out
}

// ruleText says in words why it was allowed or refused.
func (v *visit) ruleText(rule string) string {
	w := v.p.words.Looked
	switch text := w.Rules[rule]; {
	case text != "":
		return text
	case rule == "":
		return w.NotKnown
	}
	return w.RuleUnknown + " " + rule
}
