package search

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

var escaper = strings.NewReplacer(`\`, `\\`, `|`, `\|`, `$`, `\$`, `,`, `\,`)

// sample are resources of many types with their values.
type sample struct {
	tree   *fhir.Tree
	values []Value
}

func samples(t *testing.T) []sample {
	var out []sample
	for _, f := range suitetest.Files(t, "r4-examples", "*.json") {
		tree := parseFile(t, f)
		vs, err := Extract(Base(), tree, nil)
		if err == nil && len(vs) > 0 {
			out = append(out, sample{tree, vs})
		}
	}
	return out
}

// TestMatchAgreesWithExtract asks a resource for a value of another one (or
// its own) and holds the answer against a plain comparison of the fields that
// an index would compare.
func TestMatchAgreesWithExtract(t *testing.T) {
	all := samples(t)
	byType := map[string][]int{}
	for i, s := range all {
		typ := s.tree.Root().Get("resourceType").Str()
		byType[typ] = append(byType[typ], i)
	}
	yes, no := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		from := all[rapid.IntRange(0, len(all)-1).Draw(rt, "from")]
		v := from.values[rapid.IntRange(0, len(from.values)-1).Draw(rt, "value")]
		typ := from.tree.Root().Get("resourceType").Str()
		of := all[byType[typ][rapid.IntRange(0, len(byType[typ])-1).Draw(rt, "of")]]
		value, same := equality(&v)
		if value == "" {
			return
		}
		query := v.Param.Code + "=" + value
		q, err := Parse(Base(), []string{typ}, nil, []Pair{{v.Param.Code, value}}, Options{Strict: true})
		if err != nil {
			rt.Fatalf("%s?%s: %v", typ, query, err)
		}
		got, err := Match(of.tree, &q.Criteria[0], &MatchEnv{})
		want := slices.ContainsFunc(of.values, func(o Value) bool { return o.Param == v.Param && same(&o) })
		if err != nil || got != want {
			rt.Fatalf("%s?%s: match says %v, the values say %v (%v)", typ, query, got, want, err)
		}
		if got {
			yes++
		} else {
			no++
		}
	})
	t.Logf("%d matched, %d did not", yes, no)
}

// equality gives a query value that asks for v, and what an index would
// compare to answer it.
func equality(v *Value) (string, func(*Value) bool) {
	switch v.Kind {
	case Token:
		if v.Code == "" {
			return "", nil
		}
		return escaper.Replace(v.System) + "|" + escaper.Replace(v.Code), func(o *Value) bool {
			return o.System == v.System && o.Code == v.Code
		}
	case String:
		if v.Text == "" {
			return "", nil
		}
		return escaper.Replace(v.Exact), func(o *Value) bool { return strings.HasPrefix(o.Text, v.Text) }
	case Reference:
		if v.Ident || strings.Contains(v.Code, "|") || fhir.ParseReference(v.Code).Form == fhir.Unknown {
			return "", nil
		}
		return escaper.Replace(v.Code), func(o *Value) bool { return !o.Ident && o.Code == v.Code }
	case URI:
		return escaper.Replace(v.Code), func(o *Value) bool { return o.Code == v.Code }
	case Number, Quantity:
		if v.Number.String() == "" {
			return "", nil
		}
		low, high := v.Number.Range()
		return v.Number.String(), func(o *Value) bool {
			return o.NumLow.Compare(low) >= 0 && o.NumHigh.Compare(high) < 0
		}
	case Date:
		if v.High-v.Low != 24*3600*1e6 {
			return "", nil
		}
		day := dayOf(v.Low)
		return day, func(o *Value) bool { return v.Low <= o.Low && o.High <= v.High }
	}
	return "", nil
}
