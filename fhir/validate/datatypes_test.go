package validate

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// Every datatype's check against the specification's pattern: what the check
// takes the pattern takes too, and what the pattern takes the check takes but
// for the cases that stricter names.
func TestDatatypesAgreeWithTheSpecification(t *testing.T) {
	for _, name := range []string{"base64Binary", "canonical", "code", "date", "dateTime", "id", "instant", "integer",
		"markdown", "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid"} {
		t.Run(name, func(t *testing.T) {
			pattern := spec.Lookup(name).Regex
			re := regexp.MustCompile("^(?:" + pattern + ")$")
			bounded := strings.NewReplacer(")+", "){1,4}", "]+", "]{1,6}", `\s*`, `\s{0,2}`, `\S*`, `\S{0,12}`).Replace(pattern)
			rapid.Check(t, func(t *rapid.T) {
				s := rapid.StringMatching(bounded).Draw(t, "value")
				for range rapid.IntRange(0, 2).Draw(t, "edits") {
					s = edited(t, s)
				}
				ok, match := takes(name, s), re.MatchString(s)
				if ok && !match {
					t.Fatalf("%q is taken, against the pattern", s)
				}
				if match && !ok && !stricter(name, s) {
					t.Fatalf("%q is refused, against the pattern", s)
				}
			})
		})
	}
}

// edited changes one byte, adds one or takes one away.
func edited(t *rapid.T, s string) string {
	at := rapid.IntRange(0, len(s)).Draw(t, "at")
	c := rapid.SampledFrom(strings.Split("0 1 2 3 6 9 - : T Z + . e / = a F # urn:", " ")).Draw(t, "char")
	if rapid.Bool().Draw(t, "blank") {
		c = rapid.SampledFrom([]string{" ", "\t", "\n"}).Draw(t, "which")
	}
	if at == len(s) {
		return s + c
	}
	return s[:at] + rapid.SampledFrom([]string{c, c + s[at:at+1], ""}).Draw(t, "edit") + s[at+1:]
}

func takes(name, s string) bool {
	switch name {
	case "string", "markdown":
		raw := fhir.AppendString(nil, s)
		control, content := prose(raw[1 : len(raw)-1])
		return !control && content
	case "integer", "positiveInt", "unsignedInt":
		return json.Valid([]byte(s)) && numberOK(name, []byte(s)) // the parser comes first
	}
	return textOK(name, []byte(s))
}

// stricter names what the text of the specification refuses and its pattern
// does not.
func stricter(name, s string) bool {
	switch name {
	case "string", "markdown":
		return strings.TrimSpace(s) == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
	case "integer", "positiveInt", "unsignedInt":
		return len(s) > 9 // 32 bits
	case "uri":
		return s == "" || strings.HasPrefix(s, "urn:") || strings.Contains(s, "\v")
	case "url", "canonical":
		return s == "" || strings.Contains(s, "\v")
	case "code":
		return strings.Contains(s, "\v")
	case "date", "dateTime", "instant":
		return strings.Contains(s, "-31") || strings.Contains(s, "-30") || strings.Contains(s, "-02-29") // days that some months lack
	case "base64Binary":
		return strings.Contains(s, "=") || strings.TrimSpace(s) == "" || strings.Contains(s, "\v") // padding at the end only
	}
	return false
}

func TestDatatypesByExample(t *testing.T) {
	for name, c := range map[string]struct{ good, bad string }{
		"date":         {"2024 2024-02 2024-02-29 0001-01-01", "2023-02-29 2024-13 2024-00 2024-4-1 24 0000 2024-01-01T 2024-01-011 20240101"},
		"dateTime":     {"2024 2024-02-29T23:59:60Z 2024-01-01T00:00:00.000001-14:00", "2024-01-01T00:00Z 2024-01-01T00:00:00 2024-01-01T24:00:00Z 2024-01T00:00:00Z 2024-01-01T00:00:00+14:01 2024-01-01T00:00:00.Z 2024-01-01T00:00:00z"},
		"instant":      {"2024-01-01T00:00:00Z 2024-01-01T00:00:00.1+01:00", "2024-01-01 2024 2024-01-01T00:00:00"},
		"time":         {"00:00:00 23:59:59.999", "24:00:00 1:00:00 10:00 10:00:00Z 10:00:61"},
		"id":           {"a A-1.b " + strings.Repeat("x", 64), "a_b a/b é " + strings.Repeat("x", 65)},
		"oid":          {"urn:oid:1.2.3 urn:oid:2.16.840", "1.2.3 urn:oid:3.1 urn:oid:1 urn:oid:1.02 urn:oid:1..2 urn:oid:1.2. urn:oid:1a.2"},
		"uuid":         {"urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-ec9a-4326-a141-556f43239520 c757873d-ec9a-4326-a141-556f43239520 urn:uuid:c757873d"},
		"uri":          {"http://a.b/c#d urn:x:y relative urn:uuid:C757873D-ec9a-4326-a141-556f43239520", "urn:uuid:x urn:oid:x"},
		"base64Binary": {"AAAA AA== AAA= QUJDRA==", "A AA AAA AA= A=== ==== AA==AAAA AA=A AAA- AAAAA"},
		"integer":      {"0 -1 2147483647 -2147483648", "2147483648 -2147483649 1.0 1e2 00000000001"},
		"positiveInt":  {"1 2147483647", "0 -1 2147483648 1.5"},
		"unsignedInt":  {"0 2147483647", "-1 -0 2147483648"},
	} {
		for s := range strings.FieldsSeq(c.good) {
			if !takes(name, s) {
				t.Errorf("%s %q is refused", name, s)
			}
		}
		for s := range strings.FieldsSeq(c.bad) {
			if takes(name, s) {
				t.Errorf("%s %q is taken", name, s)
			}
		}
	}
	for _, s := range []string{"a b", "a b c"} {
		if !takes("code", s) {
			t.Errorf("code %q is refused", s)
		}
	}
	for _, s := range []string{"", " a", "a ", "a  b", "\t"} {
		if takes("code", s) || takes("uri", s) && s == "" {
			t.Errorf("code %q is taken", s)
		}
	}
}

// prose and characters read a string as it stands in the JSON.
func TestProseReadsEscapes(t *testing.T) {
	for raw, want := range map[string][2]bool{
		`a`: {false, true}, ` \n\t\r\u0020`: {false, false}, ``: {false, false}, `\u0041`: {false, true},
		`a\b`: {true, true}, `\f`: {true, false}, `\u0000x`: {true, false}, `\u000a`: {false, false}, `\"`: {false, true},
		`\ud83d\ude00`: {false, true}, `é`: {false, true},
	} {
		if control, content := prose([]byte(raw)); control != want[0] || content != want[1] {
			t.Errorf("%s: control %v, content %v", raw, control, content)
		}
	}
	if n := characters([]byte(`aé\n\u00e9\"😀`)); n != 6 {
		t.Errorf("%d characters, not 6", n)
	}
}

// No type has more elements than an object's marks have room for.
func TestMarksHaveRoom(t *testing.T) {
	seen := map[string]bool{}
	var visit func(*spec.Type)
	visit = func(y *spec.Type) {
		if seen[y.Name] {
			return
		}
		seen[y.Name] = true
		if len(y.Elements) > len(seenSet{})*64 {
			t.Errorf("%s has %d elements", y.Name, len(y.Elements))
		}
		for _, e := range y.Elements {
			for _, r := range e.Types {
				visit(r.Type)
			}
		}
	}
	for _, r := range spec.Resources() {
		visit(spec.Lookup(r))
	}
}

func TestNarrative(t *testing.T) {
	in := func(s string) string { return `<div xmlns="http://www.w3.org/1999/xhtml">` + s + `</div>` }
	for _, good := range []string{
		in("text"), in("<p>a<br/>b</p>"), in(`<img src="#pic" alt="x"/>`), in("<!-- c -->&amp;&#160;&#xA0;"), in(`<a href='http://x/?a=1&amp;b=2'>x</a>`),
		in(`<img src="data:image/png;base64,AAAA"/>`), " " + in("x") + "\n", `<div class="a" xmlns="http://www.w3.org/1999/xhtml" xml:lang="en">x</div>`,
		in(`<p xmlns="http://www.w3.org/1999/xhtml">x</p>`), in("a > b"),
	} {
		if fault := (&markup{s: []byte(good)}).document(); fault != "" {
			t.Errorf("%s is refused: %s", good, fault)
		}
	}
	for _, bad := range []string{
		"", " ", "text", "<div>x</div>", `<div xmlns="http://other">x</div>`, in(""), in(" \n"), in("<p></p>"), in("x") + "y", in("x") + in("x"),
		in("<script>x</script>"), in(`<p onclick="x">x</p>`), in("<p>x"), in("<b><i>x</b></i>"), in("a & b"), in("&nbsp;"), in("&eacute;x"), in("&#;x"),
		in("<!-- x"), in("<![CDATA[x]]>"), "<!DOCTYPE html>" + in("x"), "<?xml version='1.0'?>" + in("x"), in(`<p class=x>x</p>`), in(`<p class="a" class="b">x</p>`),
		in(`<p class="a<b">x</p>`), in(`<a href="javascript:x">x</a>`), in(`<a href=" Java` + "\n" + `Script:x">x</a>`), in(`<a href="java&#115;cript:x">x</a>`),
		in(`<a href="javascript&#58;x">x</a>`), in(`<a href="data:text/html,x">x</a>`), in(`<img src="data:text/html,x"/>`), in("<P>x</P>"), in("<p/x>y"), in("<iframe/>x"),
		in(strings.Repeat("<b>", 200) + "x" + strings.Repeat("</b>", 200)), in("x\x01"), "<p xmlns=\"http://www.w3.org/1999/xhtml\">x</p>", in("</div>x"), "<div", `<div xmlns="`,
	} {
		if fault := (&markup{s: []byte(bad)}).document(); fault == "" {
			t.Errorf("%s is taken", bad)
		}
	}
}

func FuzzNarrative(f *testing.F) {
	f.Add([]byte(`<div xmlns="http://www.w3.org/1999/xhtml">a &amp; <b class='x'>b</b><!-- c --><br/></div>`))
	f.Fuzz(func(t *testing.T, s []byte) {
		if (&markup{s: s}).document() == "" && bytes.Contains(bytes.ToLower(s), []byte("<script")) && !bytes.Contains(s, []byte("<!--")) {
			t.Errorf("a script is taken: %s", s)
		}
	})
}
