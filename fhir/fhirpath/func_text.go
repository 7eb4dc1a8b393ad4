package fhirpath

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Functions on strings (FHIRPath N1, 5.6, and the additions of the continuous
// build). Places count characters, not bytes.
var textFunctions = map[string]function{
	"indexOf":        {min: 1, max: 1, in: "String", out: "Integer", eval: text1(fnIndexOf)},
	"lastIndexOf":    {min: 1, max: 1, in: "String", out: "Integer", eval: text1(fnLastIndexOf)},
	"startsWith":     {min: 1, max: 1, in: "String", out: "Boolean", eval: text1(boolText(strings.HasPrefix))},
	"endsWith":       {min: 1, max: 1, in: "String", out: "Boolean", eval: text1(boolText(strings.HasSuffix))},
	"contains":       {min: 1, max: 1, in: "String", out: "Boolean", eval: text1(boolText(strings.Contains))},
	"upper":          {in: "String", out: "String", eval: text0(plainText(strings.ToUpper))},
	"lower":          {in: "String", out: "String", eval: text0(plainText(strings.ToLower))},
	"trim":           {in: "String", out: "String", eval: text0(plainText(strings.TrimSpace))},
	"length":         {in: "String", out: "Integer", eval: text0(func(s string) (Value, error) { return Integer(utf8.RuneCountInString(s)), nil })},
	"toChars":        {in: "String", out: "String", eval: fnToChars},
	"substring":      {min: 1, max: 2, in: "String", out: "String", eval: fnSubstring},
	"replace":        {min: 2, max: 2, in: "String", out: "String", eval: fnReplace},
	"matches":        {min: 1, max: 1, in: "String", out: "Boolean", eval: text1(matches)},
	"matchesFull":    {min: 1, max: 1, in: "String", out: "Boolean", eval: text1(matchesFull)},
	"replaceMatches": {min: 2, max: 2, in: "String", out: "String", eval: fnReplaceMatches},
	"split":          {min: 1, max: 1, in: "String", out: "String", eval: fnSplit},
	"join":           {max: 1, in: "String", out: "String", eval: fnJoin},
	"encode":         {min: 1, max: 1, in: "String", out: "String", eval: transform(encode)},
	"decode":         {min: 1, max: 1, in: "String", out: "String", eval: transform(decode)},
	"escape":         {min: 1, max: 1, in: "String", out: "String", eval: transform(escapeText)},
	"unescape":       {min: 1, max: 1, in: "String", out: "String", eval: transform(unescapeText)},
}

// stringOf reads a collection as one string, ok false where it is empty.
func stringOf(b []Item) (s string, ok bool, err error) {
	it, ok, err := one(b)
	if err != nil || !ok {
		return "", false, err
	}
	v, isString := it.Value().(String)
	if !isString {
		if it.val == nil && it.Value() == nil && isPrimitive(it.typ) {
			return "", false, nil // only extensions
		}
		return "", false, execErr("A text is needed here.")
	}
	return string(v), true, nil
}

func (m *machine) stringArg(f *frame, x expr) (s string, ok bool, err error) {
	vars := f.vars
	b, err := m.collect(x, f)
	f.vars = vars
	if err != nil {
		return "", false, err
	}
	defer m.done(b)
	return stringOf(b)
}

// give appends a computed value, after a look at its length.
func (m *machine) give(dst []Item, v Value, err error) ([]Item, error) {
	if err != nil || v == nil {
		return dst, err
	}
	if s, ok := v.(String); ok {
		err = m.text(len(s))
	}
	return append(dst, Item{val: v}), err
}

// text0 makes an evaluator of a function of one text.
func text0(fn func(string) (Value, error)) evaluator {
	return func(m *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
		s, ok, err := stringOf(in)
		if err != nil || !ok {
			return dst, err
		}
		v, err := fn(s)
		return m.give(dst, v, err)
	}
}

// text1 makes an evaluator of a function of a text and a text argument.
func text1(fn func(s, arg string) (Value, error)) evaluator {
	return func(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
		s, ok1, err := stringOf(in)
		if err != nil {
			return dst, err
		}
		arg, ok2, err := m.stringArg(f, args[0])
		if err != nil || !ok1 || !ok2 {
			return dst, err
		}
		if err := m.tick((len(s) + len(arg)) / 64); err != nil {
			return dst, err
		}
		v, err := fn(s, arg)
		return m.give(dst, v, err)
	}
}

// transform is text1 for functions that make a text several times as long: it
// looks at the length first, since an attachment may hold megabytes.
func transform(fn func(s, arg string) (Value, error)) evaluator {
	plain := text1(fn)
	return func(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
		if len(in) == 1 {
			if err := m.text(len(in[0].Node().Raw())); err != nil {
				return dst, err
			}
		}
		return plain(m, f, in, args, dst)
	}
}

func plainText(fn func(string) string) func(string) (Value, error) {
	return func(s string) (Value, error) { return String(fn(s)), nil }
}

func boolText(fn func(s, arg string) bool) func(s, arg string) (Value, error) {
	return func(s, arg string) (Value, error) { return Boolean(fn(s, arg)), nil }
}

func fnIndexOf(s, sub string) (Value, error) { return charIndex(s, strings.Index(s, sub)), nil }

func fnLastIndexOf(s, sub string) (Value, error) { return charIndex(s, strings.LastIndex(s, sub)), nil }

func charIndex(s string, i int) Value {
	if i < 0 {
		return Integer(-1)
	}
	return Integer(utf8.RuneCountInString(s[:i]))
}

func fnToChars(m *machine, _ *frame, in []Item, _ []expr, dst []Item) ([]Item, error) {
	s, _, err := stringOf(in)
	if err == nil {
		err = m.room(utf8.RuneCountInString(s))
	}
	if err != nil {
		return dst, err
	}
	for _, r := range s {
		dst = append(dst, Item{val: String(string(r))})
	}
	return dst, m.tick(len(s))
}

func fnSubstring(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	s, ok, err := stringOf(in)
	if err != nil || !ok {
		return dst, err
	}
	start, ok, err := m.integerArg(f, args[0])
	if err != nil || !ok {
		return dst, err
	}
	from := byteOf(s, start)
	if start < 0 || from == len(s) {
		return dst, nil
	}
	s = s[from:]
	if len(args) == 2 {
		n, ok, err := m.integerArg(f, args[1])
		if err != nil {
			return dst, err
		}
		if ok {
			s = s[:byteOf(s, n)]
		}
	}
	return m.give(dst, String(s), m.tick(from/64))
}

// byteOf is where character n begins, the end where there are fewer.
func byteOf(s string, n int64) int {
	for i := range s {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(s)
}

// twoTexts reads the two arguments of replace and replaceMatches.
func (m *machine) twoTexts(f *frame, in []Item, args []expr) (s, a, b string, ok bool, err error) {
	s, ok1, err := stringOf(in)
	if err != nil {
		return "", "", "", false, err
	}
	a, ok2, err := m.stringArg(f, args[0])
	if err != nil {
		return "", "", "", false, err
	}
	b, ok3, err := m.stringArg(f, args[1])
	return s, a, b, ok1 && ok2 && ok3 && err == nil, err
}

func fnReplace(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	s, old, with, ok, err := m.twoTexts(f, in, args)
	if err != nil || !ok {
		return dst, err
	}
	n := strings.Count(s, old)
	if err := m.text(len(s) + n*len(with)); err != nil {
		return dst, err
	}
	return m.give(dst, String(strings.ReplaceAll(s, old, with)), nil)
}

func fnSplit(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	s, ok1, err := stringOf(in)
	if err != nil {
		return dst, err
	}
	sep, ok2, err := m.stringArg(f, args[0])
	if err != nil || !ok1 || !ok2 {
		return dst, err
	}
	if err := m.room(strings.Count(s, sep)); err != nil {
		return dst, err
	}
	for part := range strings.SplitSeq(s, sep) {
		dst = append(dst, Item{val: String(part)})
	}
	return dst, m.tick(len(s) / 16)
}

func fnJoin(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	sep := ""
	if len(args) == 1 {
		var err error
		if sep, _, err = m.stringArg(f, args[0]); err != nil {
			return dst, err
		}
	}
	if len(in) == 0 {
		return dst, nil
	}
	var b strings.Builder
	for i := range in {
		s, _, err := stringOf(in[i : i+1])
		if err != nil {
			return dst, err
		}
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s)
		if err := m.text(b.Len()); err != nil {
			return dst, err
		}
	}
	return m.give(dst, String(b.String()), nil)
}

func encode(s, how string) (Value, error) {
	switch how {
	case "hex":
		return String(hex.EncodeToString([]byte(s))), nil
	case "base64":
		return String(base64.StdEncoding.EncodeToString([]byte(s))), nil
	case "urlbase64":
		return String(base64.URLEncoding.EncodeToString([]byte(s))), nil
	}
	return nil, nil
}

// decode gives nothing for what is not encoded so.
func decode(s, how string) (Value, error) {
	var b []byte
	var err error
	switch how {
	case "hex":
		b, err = hex.DecodeString(s)
	case "base64":
		b, err = base64.StdEncoding.DecodeString(s)
	case "urlbase64":
		b, err = base64.URLEncoding.DecodeString(s)
	default:
		return nil, nil
	}
	if err != nil || !utf8.Valid(b) {
		return nil, nil
	}
	return String(b), nil
}

var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func escapeText(s, how string) (Value, error) {
	switch how {
	case "html":
		return String(htmlEscapes.Replace(s)), nil
	case "json":
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			return nil, nil
		}
		quoted := strings.TrimSuffix(b.String(), "\n")
		return String(quoted[1 : len(quoted)-1]), nil
	}
	return nil, nil
}

var bareQuote = regexp.MustCompile(`((?:^|[^\\])(?:\\\\)*)"`)

func unescapeText(s, how string) (Value, error) {
	switch how {
	case "html":
		return String(html.UnescapeString(s)), nil
	case "json":
		// A bare quote may stand here, though not in JSON.
		var out string
		quoted := bareQuote.ReplaceAllString(s, `$1\"`)
		if json.Unmarshal([]byte(`"`+quoted+`"`), &out) != nil {
			return nil, nil
		}
		return String(out), nil
	}
	return nil, nil
}
