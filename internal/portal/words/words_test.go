package words

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/portal/reading"
)

// each calls fn for every sentence, with its place.
func each(v reflect.Value, place string, fn func(place, text string)) {
	switch v.Kind() {
	case reflect.Pointer:
		each(v.Elem(), place, fn)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Said" {
				continue // the same sentences again
			}
			each(v.Field(i), place+"."+v.Type().Field(i).Name, fn)
		}
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i), place+"["+strconv.Itoa(i)+"]", fn)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			each(v.MapIndex(k), place+"["+k.String()+"]", fn)
		}
	case reflect.String:
		fn(place, v.String())
	}
}

func TestEverySentenceIsThereAndShort(t *testing.T) {
	n := 0
	each(reflect.ValueOf(English()), "English", func(place, text string) {
		n++
		if strings.TrimSpace(text) != text || text == "" {
			t.Errorf("%s is %q", place, text)
		}
		for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == '?' || r == ':' }) {
			if words := len(strings.Fields(sentence)); words > 20 {
				t.Errorf("%s has a sentence of %d words. Twenty is the most: %s", place, words, sentence)
			}
		}
	})
	if n < 10 {
		t.Errorf("only %d sentences were looked at", n)
	}
}

// Words that people misread or that blame them (PRODUCT, content rules).
func TestNoSentenceHasAWordThatHurts(t *testing.T) {
	each(reflect.ValueOf(English()), "English", func(place, text string) {
		for _, bad := range []string{"abnormal", "failed", "invalid", "oops", "please", "negative", "illegal", "error"} {
			if strings.Contains(strings.ToLower(text), bad) {
				t.Errorf("%s says %q", place, bad)
			}
		}
	})
}

func TestReadingAge(t *testing.T) {
	total := ""
	each(reflect.ValueOf(English()), "English", func(place, text string) {
		if strings.Contains(text, ".") {
			total += text + " "
			if age := reading.Age(text); age > 13 && len(strings.Fields(text)) > 3 { // fewer words say nothing of it
				t.Errorf("%s is for readers of %.0f years. Thirteen is the most: %s", place, age, text)
			}
		}
	})
	if age := reading.Age(total); age > reading.Most {
		t.Errorf("all sentences together are for readers of %.1f years; eleven is the most", age)
	}
}

// Every type that an app can ask for has words, and no two have the same. The
// types are those of the CapabilityStatement (internal/fhirapi holds that).
func TestEveryKindOfDataHasWords(t *testing.T) {
	kinds, seen := English().Kinds, map[string]string{}
	for _, typ := range spec.Resources() {
		text := kinds[typ]
		switch other := seen[text]; {
		case text == "":
			t.Errorf("%s has no words", typ)
		case other != "":
			t.Errorf("%s and %s are both %q", typ, other, text)
		case strings.Contains(text, typ) && len(typ) > len("Appointment"):
			t.Errorf("%s is called by its name", typ)
		}
		seen[text] = typ
	}
	if len(kinds) != len(spec.Resources()) {
		t.Errorf("%d kinds have words, and there are %d", len(kinds), len(spec.Resources()))
	}
}
