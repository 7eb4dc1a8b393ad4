package choice_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
)

// ofSet is a provision's code that names a value set.
func ofSet(canonical string) string {
	return `{"extension":[{"url":"` + choice.SetExtension + `","valueCanonical":"` + canonical + `"}]}`
}

func listedCodes(codes ...string) []any {
	var out []any
	for _, c := range codes {
		out = append(out, object{"code": c})
	}
	return out
}

func composed(include, exclude []any) object {
	c := object{"include": include}
	if exclude != nil {
		c["exclude"] = exclude
	}
	return object{"resourceType": "ValueSet", "compose": c}
}

// valueSets are those that random choices name.
var valueSets = map[string]object{
	"vs:listed":                     composed([]any{object{"system": "s", "concept": listedCodes("1", "2")}}, nil),
	"vs:whole":                      composed([]any{object{"system": "s"}}, nil),
	"vs:but":                        composed([]any{object{"system": "s"}}, []any{object{"system": "s", "concept": listedCodes("1", "9")}}),
	"vs:import":                     composed([]any{object{"valueSet": []any{"vs:but"}}, object{"system": "z", "concept": listedCodes("1")}}, nil),
	"vs:both":                       composed([]any{object{"system": "s", "concept": listedCodes("1", "3"), "valueSet": []any{"vs:but"}}}, nil),
	"vs:less":                       composed([]any{object{"system": "s"}, object{"system": "z"}}, []any{object{"valueSet": []any{"vs:listed"}}}),
	"http://example.org/ValueSet/a": composed([]any{object{"system": "s", "concept": listedCodes("1", "2")}}, nil),
	"vs:expanded": {"resourceType": "ValueSet", "expansion": object{"contains": []any{
		object{"contains": []any{object{"system": "s", "code": "3"}}}, object{"system": "z", "code": "1"}}}},
}

var setNames = slices.Sorted(maps.Keys(valueSets))

// readySet is choice.SetOf for those, done once.
var readySet = func() func(string) (*choice.Set, error) {
	all := sync.OnceValue(func() map[string]*choice.Set {
		out := map[string]*choice.Set{}
		for name := range valueSets {
			set, err := choice.SetOf(name, findIn(valueSets))
			if err != nil {
				panic(err)
			}
			out[name] = set
		}
		return out
	})
	return func(canonical string) (*choice.Set, error) {
		if set := all()[canonical]; set != nil {
			return set, nil
		}
		return choice.SetOf(canonical, findIn(nil))
	}
}()

func findIn(sets map[string]object) func(string) (*fhir.Tree, error) {
	return func(canonical string) (*fhir.Tree, error) {
		set, there := sets[canonical]
		if !there {
			return nil, nil
		}
		b, err := json.Marshal(set)
		if err != nil {
			return nil, err
		}
		return fhir.Parse(b, fhir.DefaultLimits)
	}
}

// Whatever sets are made of, what is worked out is what the twin says of each
// code.
func TestSetsAgainstTheTwin(t *testing.T) {
	d := &dice{rand.New(rand.NewPCG(rand.Uint64(), 1))}
	held := 0
	for n := range 20_000 {
		sets := map[string]object{}
		for i := range 4 { // each is made of those before it
			sets["vs:"+strconv.Itoa(i)] = d.valueSet(i)
		}
		set, err := choice.SetOf("vs:3", findIn(sets))
		if err != nil && !strings.Contains(problem.Sentence(err), "nothing in this value set") {
			t.Fatalf("case %d: %v in %v", n, err, sets)
		}
		for _, system := range []string{"s", "z", "q"} {
			for _, code := range []string{"1", "2", "3", "4"} {
				got := false
				if set != nil {
					c := set.Systems[system]
					got = c.Listed[code] != c.All
				}
				tw := twin{sets: sets}
				want := tw.inSet("vs:3", choice.Coding{System: system, Code: code})
				if got != want {
					b, _ := json.MarshalIndent(sets, "", " ")
					t.Fatalf("case %d: %s|%s is in it: %v, the twin says %v\n%s", n, system, code, got, want, b)
				}
				if want {
					held++
				}
			}
		}
	}
	if held < 20_000 {
		t.Error("the random sets hardly hold anything: mend the generator")
	}
}

func (d *dice) valueSet(before int) object {
	if d.chance(15) {
		var contains []any
		for range 1 + d.IntN(3) {
			contains = append(contains, object{"system": pick(d, []string{"s", "z"}), "code": pick(d, []string{"1", "2", "3"})})
		}
		return object{"resourceType": "ValueSet", "expansion": object{"total": len(contains), "contains": contains}}
	}
	parts := func(most int) (out []any) {
		for range most {
			part := object{}
			if d.chance(80) || before == 0 {
				part["system"] = pick(d, []string{"s", "z"})
				if d.chance(60) {
					part["concept"] = listedCodes(some(d, []string{"1", "2", "3"})...)
				}
			}
			if before > 0 && (part["system"] == nil || d.chance(40)) {
				part["valueSet"] = []any{"vs:" + strconv.Itoa(d.IntN(before))}
			}
			out = append(out, part)
		}
		return out
	}
	return composed(parts(1+d.IntN(3)), parts(d.IntN(3)))
}

// unusableSet is a ValueSet without its head, and those of which it is made.
type unusableSet struct {
	body string
	more map[string]string
}

func unusableSets() map[string]unusableSet {
	many := strings.Repeat(`{"code":"x"},`, 1000) + `{"code":"x"}`
	var different []string
	for i := range 600 {
		different = append(different, fmt.Sprintf(`{"code":"%d"}`, i))
	}
	long := strings.Join(different, ",")
	chain := map[string]string{}
	for i := range 12 {
		chain["vs:c"+strconv.Itoa(i)] = `"compose":{"include":[{"valueSet":["vs:c` + strconv.Itoa(i+1) + `"]}]}`
	}
	return map[string]unusableSet{
		"nothing":                         {body: `"status":"active"`},
		"a compose of nothing":            {body: `"compose":{}`},
		"no includes":                     {body: `"compose":{"include":[]}`},
		"an include of nothing":           {body: `"compose":{"include":[{}]}`},
		"includes that are no list":       {body: `"compose":{"include":{"system":"s"}}`},
		"excludes that are no list":       {body: `"compose":{"include":[{"system":"s"}],"exclude":{"system":"s"}}`},
		"a filter":                        {body: `"compose":{"include":[{"system":"s","filter":[{"property":"p","op":"is-a","value":"v"}]}]}`},
		"an exclude by a filter":          {body: `"compose":{"include":[{"system":"s"}],"exclude":[{"system":"s","filter":[{"property":"p","op":"is-a","value":"v"}]}]}`},
		"codes of no system":              {body: `"compose":{"include":[{"concept":[{"code":"1"}]}]}`},
		"an empty system":                 {body: `"compose":{"include":[{"system":""}]}`},
		"an empty list of codes":          {body: `"compose":{"include":[{"system":"s","concept":[]}]}`},
		"a code that is none":             {body: `"compose":{"include":[{"system":"s","concept":[{"display":"x"}]}]}`},
		"a code with something else":      {body: `"compose":{"include":[{"system":"s","concept":[{"code":"1","_code":{"id":"x"}}]}]}`},
		"all codes of one version":        {body: `"compose":{"include":[{"system":"s","version":"1"}]}`},
		"a date at which it holds":        {body: `"compose":{"lockedDate":"2020-01-01","include":[{"system":"s"}]}`},
		"active codes only":               {body: `"compose":{"inactive":false,"include":[{"system":"s"}]}`},
		"several sets at once":            {body: `"compose":{"include":[{"valueSet":["vs:x","vs:y"]}]}`, more: map[string]string{"vs:x": `"compose":{"include":[{"system":"s"}]}`, "vs:y": `"compose":{"include":[{"system":"s"}]}`}},
		"a set that is not here":          {body: `"compose":{"include":[{"valueSet":["vs:gone"]}]}`},
		"a set of itself":                 {body: `"compose":{"include":[{"valueSet":["vs:a"]}]}`},
		"a set of one that is made of it": {body: `"compose":{"include":[{"valueSet":["vs:b"]}]}`, more: map[string]string{"vs:b": `"compose":{"include":[{"valueSet":["vs:a"]}]}`}},
		"sets of sets of sets":            {body: `"compose":{"include":[{"valueSet":["vs:c0"]}]}`, more: chain},
		"all of it is excluded":           {body: `"compose":{"include":[{"system":"s","concept":[{"code":"1"}]}],"exclude":[{"system":"s"}]}`},
		"too many codes":                  {body: `"compose":{"include":[{"system":"s","concept":[` + many + `]}]}`},
		"too many codes in two lists":     {body: `"compose":{"include":[{"system":"s","concept":[` + long + `]},{"system":"z","concept":[` + long + `]}]}`},
		"an element of another release":   {body: `"compose":{"include":[{"system":"s","copyright":"x"}]}`},
		"a modifier":                      {body: `"modifierExtension":[{"url":"http://a.example"}],"compose":{"include":[{"system":"s"}]}`},
		"rules that are somewhere else":   {body: `"implicitRules":"http://a.example","compose":{"include":[{"system":"s"}]}`},
		"an expansion of nothing":         {body: `"expansion":{}`},
		"a page of an expansion":          {body: `"expansion":{"offset":10,"contains":[{"system":"s","code":"1"}]}`},
		"a part of an expansion":          {body: `"expansion":{"total":2,"contains":[{"system":"s","code":"1"}]}`},
		"an expansion by a filter":        {body: `"expansion":{"parameter":[{"name":"filter","valueString":"x"}],"contains":[{"system":"s","code":"1"}]}`},
		"an expansion that is not closed": {body: `"expansion":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/valueset-unclosed","valueBoolean":true}],"contains":[{"system":"s","code":"1"}]}`},
		"an expansion without systems":    {body: `"expansion":{"contains":[{"code":"1"}]}`},
		"an expansion of headings":        {body: `"expansion":{"contains":[{"system":"s","code":"1","abstract":true}]}`},
	}
}

// What can not be said exactly is no set.
func TestSetsThatCanNotBeUsed(t *testing.T) {
	for name, c := range unusableSets() {
		t.Run(name, func(t *testing.T) {
			find := func(canonical string) (*fhir.Tree, error) {
				body := c.more[canonical]
				if canonical == "vs:a" {
					body = c.body
				}
				if body == "" {
					return nil, nil
				}
				return fhir.Parse([]byte(`{"resourceType":"ValueSet",`+body+`}`), fhir.DefaultLimits)
			}
			set, err := choice.SetOf("vs:a", find)
			if set != nil || problem.KindOf(err) != problem.Unprocessable || problem.Sentence(err) == "" {
				t.Errorf("got %v, %v", set, err)
			}
			// The Consent that names it is refused at that place.
			w := choice.World{Sets: func(string) (*choice.Set, error) { return choice.SetOf("vs:a", find) }}
			_, err = w.Read(parse(t, strings.Replace(plain, `{"coding":[{"system":"http://loinc.org","code":"1-8","version":"2.77"}]}`, ofSet("vs:a"), 1)))
			if is := problem.IssuesOf(err); len(is) != 1 || is[0].Place != "Consent.provision.provision[0].code[0].extension[0].valueCanonical" {
				t.Errorf("the Consent: %v", err)
			}
		})
	}
}

func parse(t *testing.T, text string) *fhir.Tree {
	t.Helper()
	tree, err := fhir.Parse([]byte(text), fhir.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// A filter that somebody else worked out is used as they listed it.
func TestAnExpansionStandsForAFilter(t *testing.T) {
	tree := parse(t, `{"resourceType":"ValueSet","url":"vs:a","version":"2","name":"A","title":"Things","compose":{"include":[{"system":"s","filter":[{"property":"p","op":"is-a","value":"v"}]}]},
	 "expansion":{"timestamp":"2026-01-01","total":3,"offset":0,"parameter":[{"name":"version","valueUri":"s|1"}],
	 "contains":[{"system":"s","abstract":true,"code":"top","contains":[{"system":"s","code":"1"},{"system":"s","code":"2","inactive":true}]}]}}`)
	set, err := choice.SetOf("vs:a", func(string) (*fhir.Tree, error) { return tree, nil })
	if err != nil {
		t.Fatal(err)
	}
	if set.SetName != (choice.SetName{URL: "vs:a", Version: "2", Title: "Things"}) || len(set.Systems) != 1 || len(set.Systems["s"].Listed) != 2 || set.Systems["s"].Listed["top"] {
		t.Errorf("got %+v", set)
	}
}

// A fault that is none of the set's is no refusal of the choice.
func TestSetsThatCanNotBeReadAreNoRefusal(t *testing.T) {
	broken := problem.New(problem.Unavailable, "Try again.")
	for _, sets := range []func(string) (*choice.Set, error){
		func(string) (*choice.Set, error) { return nil, broken },
		func(string) (*choice.Set, error) { return nil, nil },
		func(c string) (*choice.Set, error) {
			return choice.SetOf(c, func(string) (*fhir.Tree, error) { return nil, broken })
		},
	} {
		c, err := choice.World{Sets: sets}.Read(parse(t, strings.Replace(plain, `{"coding":[{"system":"http://loinc.org","code":"1-8","version":"2.77"}]}`, ofSet("vs:a"), 1)))
		if c != nil || problem.KindOf(err) != problem.Unavailable {
			t.Errorf("got %v, %v", c, err)
		}
	}
}

// Whatever a ValueSet says, reading it ends, and what comes out is within bounds.
func FuzzSetOf(f *testing.F) {
	for _, set := range valueSets {
		b, err := json.Marshal(set)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"resourceType":"ValueSet","compose":{"include":[{"valueSet":["vs:a"]}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		tree, err := fhir.Parse(b, fhir.DefaultLimits)
		if err != nil {
			return
		}
		set, err := choice.SetOf("vs:a", func(string) (*fhir.Tree, error) { return tree, nil })
		if (set == nil) == (err == nil) || err != nil && problem.KindOf(err) != problem.Unprocessable {
			t.Fatalf("%v, %v", set, err)
		}
		if set == nil {
			return
		}
		codes := 0
		for _, c := range set.Systems {
			codes += len(c.Listed)
		}
		if codes > 1000 {
			t.Fatalf("%d codes", codes)
		}
	})
}
