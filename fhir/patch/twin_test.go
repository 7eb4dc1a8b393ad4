package patch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The twin applies one operation to maps and slices; nil means that it fails.
func twin(doc any, op, from, path string, v any) (out any, ok bool) {
	defer func() {
		if recover() != nil { // a place that is not there
			out, ok = nil, false
		}
	}()
	switch op {
	case "add":
		return edit(doc, path, func(holder any, key string) any {
			if list, is := holder.([]any); is {
				return slices.Insert(slices.Clone(list), at(key, list), v)
			}
			return with(holder.(map[string]any), key, v)
		}), true
	case "replace":
		get(doc, path)
		out, ok = twin(doc, "remove", "", path, nil)
		if !ok {
			return nil, false
		}
		return twin(out, "add", "", path, v)
	case "remove":
		get(doc, path)
		return edit(doc, path, func(holder any, key string) any {
			if list, is := holder.([]any); is {
				i := at(key, list)
				return slices.Delete(slices.Clone(list), i, i+1)
			}
			m := with(holder.(map[string]any), key, nil)
			delete(m, key)
			return m
		}), true
	case "copy":
		return twin(doc, "add", "", path, get(doc, from))
	case "move":
		v = get(doc, from)
		if path == from {
			return doc, true
		}
		if strings.HasPrefix(path, from+"/") {
			return nil, false
		}
		out, ok = twin(doc, "remove", "", from, nil)
		if !ok {
			return nil, false
		}
		return twin(out, "add", "", path, v)
	}
	panic(op)
}

func at(key string, list []any) int {
	if key == "-" {
		return len(list)
	}
	i, err := strconv.Atoi(key)
	if err != nil || i > len(list) {
		panic("no place")
	}
	return i
}

func with(m map[string]any, key string, v any) map[string]any {
	out := map[string]any{}
	for k, have := range m {
		out[k] = have
	}
	out[key] = v
	return out
}

func get(doc any, path string) any {
	for _, key := range strings.Split(path, "/")[1:] {
		switch holder := doc.(type) {
		case []any:
			doc = holder[at(key, holder)]
		case map[string]any:
			v, ok := holder[key]
			if !ok {
				panic("no place")
			}
			doc = v
		default:
			panic("no place")
		}
	}
	return doc
}

// edit rebuilds what holds the last part of the path.
func edit(doc any, path string, f func(holder any, key string) any) any {
	keys := strings.Split(path, "/")[1:]
	var down func(doc any, keys []string) any
	down = func(doc any, keys []string) any {
		if len(keys) == 1 {
			return f(doc, keys[0])
		}
		child := down(get(doc, "/"+keys[0]), keys[1:])
		if list, is := doc.([]any); is {
			list = slices.Clone(list)
			list[at(keys[0], list)] = child
			return list
		}
		return with(doc.(map[string]any), keys[0], child)
	}
	return down(doc, keys)
}

func TestJSONAgainstMaps(t *testing.T) {
	anyPath := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "l", "0", "1", "2", "-"}), 1, 3).Draw(t, "parts")
		return "/" + strings.Join(parts, "/")
	})
	rapid.Check(t, func(t *rapid.T) {
		doc := `{"a":{"b":[1,{"a":null}],"l":"x"},"l":[[0,1],{"b":2},"y"]}`
		var model any
		if err := json.Unmarshal([]byte(doc), &model); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(t, "operations") {
			op := rapid.SampledFrom([]string{"add", "remove", "replace", "copy", "move"}).Draw(t, "op")
			from, path := anyPath.Draw(t, "from"), anyPath.Draw(t, "path")
			if rapid.Bool().Draw(t, "same") {
				from = path
			}
			want, ok := twin(model, op, from, path, "new")
			patch := fmt.Sprintf(`[{"op":%q,"path":%q,"from":%q,"value":"new"}]`, op, path, from)
			got, err := JSON(parse(t, doc), parse(t, patch))
			if (err == nil) != ok {
				t.Fatalf("%s with %s: %s %v, the twin says %v", doc, patch, got, err, ok)
			}
			if err != nil {
				continue
			}
			text, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			if !equal(parse(t, string(got)).Root(), parse(t, string(text)).Root()) {
				t.Fatalf("%s with %s: %s, the twin says %s", doc, patch, got, text)
			}
			doc, model = string(got), want
		}
	})
}
