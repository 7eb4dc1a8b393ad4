package words

import (
	"reflect"
	"strings"
)

// Languages are those that pages can be read in, English first.
func Languages() []*Words { return []*Words{English(), Welsh()} }

// Welsh is the pages' words in Welsh, as far as they were translated: what stands
// around every page, signing in, sharing, and who looked. The rest is English,
// and Borrowed says which sentences those are.
//
// It was written by us in plain Welsh (Cymraeg Clir), and a translator has to
// read it before anybody relies on it.
func Welsh() *Words {
	w, own := welsh(), map[string]bool{}
	note(reflect.ValueOf(*w), own)
	w.Borrowed, w.Said = map[string]bool{}, map[string]string{}
	pair(reflect.ValueOf(*w), reflect.ValueOf(*English()), w.Said)
	borrow(reflect.ValueOf(w).Elem(), reflect.ValueOf(English()).Elem(), w.Borrowed)
	for text := range own { // words that are the same in both, such as Staff
		delete(w.Borrowed, text)
	}
	return w
}

// borrow fills what is missing from another language, and notes what that was. It
// is a walk over the fields, so that a sentence that is new is never an empty
// place on a page.
func borrow(to, from reflect.Value, noted map[string]bool) {
	switch to.Kind() {
	case reflect.Struct:
		for i := range to.NumField() {
			borrow(to.Field(i), from.Field(i), noted)
		}
	case reflect.Slice:
		if to.Len() != from.Len() {
			to.Set(from)
			note(from, noted)
		}
	case reflect.Map:
		if from.Type().Elem().Kind() != reflect.String {
			return
		}
		if to.IsNil() {
			to.Set(reflect.MakeMap(to.Type()))
		}
		for _, k := range from.MapKeys() {
			if !to.MapIndex(k).IsValid() {
				to.SetMapIndex(k, from.MapIndex(k))
				note(from.MapIndex(k), noted)
			}
		}
	case reflect.String:
		if to.String() == "" {
			to.Set(from)
			note(from, noted)
		}
	}
}

// pair notes what each whole sentence is in the other language.
func pair(to, from reflect.Value, said map[string]string) {
	switch to.Kind() {
	case reflect.Struct:
		for i := range to.NumField() {
			pair(to.Field(i), from.Field(i), said)
		}
	case reflect.Map:
		for _, k := range to.MapKeys() {
			if other := from.MapIndex(k); other.IsValid() {
				pair(to.MapIndex(k), other, said)
			}
		}
	case reflect.String:
		if to.String() != "" && strings.HasSuffix(from.String(), ".") {
			said[from.String()] = to.String()
		}
	}
}

// note keeps every sentence in a value.
func note(v reflect.Value, noted map[string]bool) {
	switch v.Kind() {
	case reflect.String:
		noted[v.String()] = true
	case reflect.Struct:
		for i := range v.NumField() {
			note(v.Field(i), noted)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			note(v.MapIndex(k), noted)
		}
	case reflect.Slice:
		for i := range v.Len() {
			note(v.Index(i), noted)
		}
	}
}
