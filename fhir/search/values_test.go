package search

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// TestValues reads testdata/values.txt: resources and all of their values.
func TestValues(t *testing.T) {
	b, err := os.ReadFile("testdata/values.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	var tree *fhir.Tree
	at := 0
	check := func() {
		if tree == nil {
			return
		}
		vs, err := Extract(Base(), tree, nil)
		if err != nil {
			t.Errorf("values.txt:%d: %v", at, err)
		}
		var got []string
		for i := range vs {
			got = append(got, showValue(&vs[i]))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("values.txt:%d gives\n  %s\nwant\n  %s", at, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
	for i, line := range strings.Split(string(b), "\n") {
		switch {
		case strings.HasPrefix(line, "{"):
			check()
			tree, want, at = parse(t, line), nil, i+1
		case strings.HasPrefix(line, " "):
			want = append(want, strings.TrimSpace(line))
		}
	}
	check()
}

func showValue(v *Value) string {
	s := v.Param.ID + " " + v.Kind.String() + " "
	coded := "[" + v.System + "]" + v.Code
	switch v.Kind {
	case Token:
		if s += coded; v.Text != "" {
			s += fmt.Sprintf(" %q", v.Text)
		}
		s = strings.TrimSpace(s + " " + strings.TrimSpace(strings.Join(v.OfType[:], " ")))
	case String:
		s += fmt.Sprintf("%q from %q", v.Text, v.Exact)
	case Date:
		s += instant(v.Low, fhir.Earliest) + " to " + instant(v.High-1, fhir.Latest-1)
	case Number, Quantity:
		s += number(v.NumLow) + " to " + number(v.NumHigh) + " " + coded + " " + v.Text
	case Reference:
		if v.Ident {
			return s + "identifier " + coded
		}
		s += v.Code
	case URI:
		s += v.Code
	}
	return s
}

func instant(micros, open int64) string {
	if micros == open {
		return "open"
	}
	return time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
}

func number(d fhir.Decimal) string {
	if d.IsOpen() {
		return "open"
	}
	return d.String()
}
