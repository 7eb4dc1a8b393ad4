package search

import (
	"fmt"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// show writes a query in a form that people can check.
func show(q Query) string {
	var out []string
	for i := range q.Criteria {
		out = append(out, showCriterion(&q.Criteria[i]))
	}
	for _, k := range q.Sort {
		dir := "up"
		if k.Descending {
			dir = "down"
		}
		out = append(out, "sort "+k.Params[0].ID+" "+dir)
	}
	for _, i := range q.Includes {
		word := "include"
		if i.Reverse {
			word = "revinclude"
		}
		if i.Iterate {
			word += " again"
		}
		code := fmt.Sprintf("%d", len(i.Params))
		if !i.All {
			code = i.Params[0].Code
		}
		out = append(out, strings.TrimSpace(word+" "+i.Type+" by "+code+" "+i.Target))
	}
	if q.Count >= 0 {
		out = append(out, fmt.Sprintf("count %d", q.Count))
	}
	if q.Clamped {
		out = append(out, "clamped")
	}
	if q.Summary != "" {
		out = append(out, "summary "+q.Summary)
	}
	if q.Total != TotalUnset {
		out = append(out, fmt.Sprintf("total %d", q.Total))
	}
	if q.Elements != nil {
		out = append(out, "elements "+strings.Join(q.Elements, ","))
	}
	if len(q.Ignored) > 0 {
		out = append(out, "ignored "+strings.Join(q.Ignored, ","))
	}
	if q.Explain {
		out = append(out, "explain")
	}
	return strings.Join(out, "; ")
}

func showCriterion(c *Criterion) string {
	switch {
	case c.Has != nil:
		return "has " + c.Has.Ref.ID + " (" + showCriterion(&c.Has.Next) + ")"
	case c.Chain != nil:
		var next []string
		for i := range c.Chain.Next {
			next = append(next, c.Chain.Targets[i]+" ("+showCriterion(&c.Chain.Next[i])+")")
		}
		if len(next) > 3 {
			next = append(next[:2], fmt.Sprintf("%d more", len(next)-2))
		}
		return c.Params[0].ID + " -> " + strings.Join(next, " or ")
	}
	s := c.Params[0].ID
	if c.Modifier != NoModifier {
		s += ":" + c.Modifier.String()
	}
	if c.Target != "" {
		s += " " + c.Target
	}
	if c.Modifier == Missing {
		return fmt.Sprint(s, " ", c.Absent)
	}
	var vs []string
	for i := range c.Values {
		vs = append(vs, showOperand(c.Params[0].Kind, c.Modifier, &c.Values[i]))
	}
	return s + " " + strings.Join(vs, " or ")
}

func showOperand(k Kind, m Modifier, o *Operand) string {
	switch {
	case o.Parts != nil:
		var ps []string
		for i := range o.Parts {
			ps = append(ps, "{"+o.Parts[i].Raw+"}")
		}
		return strings.Join(ps, "+")
	case m == OfType:
		return strings.Join(o.OfType[:], " ")
	case k == Token && m != Text || m == Identifier:
		s := ""
		if o.HasSystem {
			s = "[" + o.System + "]"
		}
		if o.HasCode {
			s += o.Code
		}
		return s
	case k == Date:
		return fmt.Sprintf("%s %s", o.Prefix, strings.TrimPrefix(o.Raw, o.Prefix.String()))
	case k == Number || k == Quantity:
		s := fmt.Sprintf("%s %s", o.Prefix, o.Value)
		if o.HasSystem {
			s += " [" + o.System + "]"
		}
		if o.HasCode {
			s += " " + o.Code
		}
		return s
	case k == Reference:
		if o.Ref.Form == fhir.Unknown {
			return o.Ref.ID + " of " + fmt.Sprint(len(o.Types))
		}
		return o.Ref.Form.String() + " " + o.refKey()
	case k == String && m != Exact || k == Special || m == Text:
		return `"` + o.Normal + `"`
	}
	return `"` + o.Raw + `"`
}
