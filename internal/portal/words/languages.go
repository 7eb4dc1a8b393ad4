package words

import (
	"encoding/json"
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
	mine, english := tree(welsh()), tree(English())
	own, borrowed, said := map[string]bool{}, map[string]bool{}, map[string]string{}
	note(mine, own)
	pair(mine, english, said)
	b, _ := json.Marshal(borrow(mine, english, borrowed)) // strings, and lists and maps of them, always can
	w := &Words{}
	_ = json.Unmarshal(b, w) // it was made of one
	for text := range own {  // words that are the same in both, such as Staff
		delete(borrowed, text)
	}
	w.Borrowed, w.Said = borrowed, said
	return w
}

// tree is the sentences of a language by their names.
func tree(w *Words) any {
	var t any
	b, _ := json.Marshal(w)
	_ = json.Unmarshal(b, &t)
	return t
}

// borrow fills what is missing from another language, and notes what that was, so
// that a sentence that is new is never an empty place on a page.
func borrow(to, from any, noted map[string]bool) any {
	switch from := from.(type) {
	case map[string]any:
		t, ok := to.(map[string]any)
		if !ok {
			t = map[string]any{}
		}
		for k, f := range from {
			t[k] = borrow(t[k], f, noted)
		}
		return t
	case []any:
		if t, ok := to.([]any); ok && len(t) == len(from) {
			return t
		}
		note(from, noted)
		return from
	case string:
		if t, ok := to.(string); ok && t != "" {
			return t
		}
		noted[from] = true
		return from
	}
	return from
}

// pair notes what each whole sentence is in the other language.
func pair(to, from any, said map[string]string) {
	switch to := to.(type) {
	case map[string]any:
		if from, ok := from.(map[string]any); ok {
			for k, t := range to {
				pair(t, from[k], said)
			}
		}
	case string:
		if from, ok := from.(string); ok && to != "" && strings.HasSuffix(from, ".") {
			said[from] = to
		}
	}
}

// note keeps every sentence.
func note(v any, noted map[string]bool) {
	switch v := v.(type) {
	case string:
		noted[v] = true
	case []any:
		for _, one := range v {
			note(one, noted)
		}
	case map[string]any:
		for _, one := range v {
			note(one, noted)
		}
	}
}
