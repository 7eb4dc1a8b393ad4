package atoz

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bevanhealth/bevan/internal/problem"
)

const good = `---
id: cold
title: Cold
kind: condition
also: runny nose, sniffles
code: icd-10 J00
written: 2026-05-03
next: 2027-05-03
source: Us | How a cold goes | 2026-05-03
---
A cold is an illness of the nose. See [asthma](/health-a-to-z/asthma).

## [999] Ring 999 if
- You can not breathe.

## Who to ask
A **pharmacist**, if 1 < 2.

# For professionals
### More
Self-limiting.
`

func folder(files ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

func TestAnOperatorAddsAPage(t *testing.T) {
	l, err := Read(folder("cold.md", "\ufeff"+strings.ReplaceAll(good, "\n", "\r\n"), "readme.txt", "not a page"))
	if err != nil {
		t.Fatal(err)
	}
	p := l.Get("cold")
	if p == nil || p.Ours || p.Title != "Cold" || len(p.Person) != 2 || p.Person[0].Urgency != Emergency || p.Person[0].Title != "Ring 999 if" || p.Checked != "" {
		t.Fatalf("%+v", p)
	}
	for part, want := range map[string]string{
		string(p.Lead):           `<p>A cold is an illness of the nose. See <a href="/health-a-to-z/asthma">asthma</a>.</p>`,
		string(p.Person[0].Text): `<ul class="nhsuk-list nhsuk-list--bullet">`,
		string(p.Person[1].Text): `<p>A <strong>pharmacist</strong>, if 1 &lt; 2.</p>`,
		string(p.Professional):   `<h3 class="nhsuk-heading-s">More</h3>`,
	} {
		if !strings.Contains(part, want) {
			t.Errorf("%s lacks %s", part, want)
		}
	}
	if got, ok := l.For("http://hl7.org/fhir/sid/icd-10", "J00"); !ok || got.ID != "cold" || len(l.All()) != len(library(t).All())+1 {
		t.Errorf("%v %v, %d pages", got, ok, len(l.All()))
	}
}

// A page with the id of ours stands in its place, with its codes.
func TestAnOperatorReplacesAPage(t *testing.T) {
	l, err := Read(folder("mine.md", strings.NewReplacer("id: cold", "id: asthma", "title: Cold", "title: Our asthma page", "J00", "J45*").Replace(good)))
	if err != nil {
		t.Fatal(err)
	}
	if p := l.Get("asthma"); p.Title != "Our asthma page" || len(l.All()) != len(library(t).All()) {
		t.Errorf("%q, %d pages", p.Title, len(l.All()))
	}
	if got, _ := l.For("http://hl7.org/fhir/sid/icd-10", "J45.9"); got.Title != "Our asthma page" {
		t.Errorf("%v", got)
	}
	// A page may take over a code of another of ours, too.
	l, err = Read(folder("mine.md", strings.Replace(good, "J00", "J45*", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := l.For("http://hl7.org/fhir/sid/icd-10", "J45.9"); got.ID != "cold" {
		t.Errorf("%v", got)
	}
}

// What is wrong is said with the file and the line, in words that tell what to
// do, and nothing is taken of such a folder.
func TestWhatIsWrongWithAPageIsSaid(t *testing.T) {
	line := func(old, now string) string {
		t.Helper()
		if !strings.Contains(good, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(good, old, now, 1)
	}
	for _, c := range []struct{ file, at, want string }{
		{"", "line 1", "begins with a line of three dashes"},
		{"# Cold", "line 1", "begins with a line of three dashes"},
		{"---\nid: cold\n", "line 3", "The head has no end"},
		{"---\n" + strings.Repeat("id: x\n", 200) + "---\n", "line 101", "The head has no end"},
		{line("title: Cold\n", ""), "line 1", "title:"},
		{line("title: Cold", "title:"), "line 3", "not a name, a colon and a value"},
		{line("title: Cold", "title: "+strings.Repeat("x", 600)), "line 3", "too long"},
		{line("title: Cold", "title: "+strings.Repeat("x", 90)), "line 3", "at most 80"},
		{line("title: Cold", "title: Cold\ntitle: Flu"), "line 4", "two lines of this name"},
		{line("title: Cold", "titel: Cold"), "line 3", "not known"},
		{line("id: cold", "id: ../cold"), "line 2", "small letters"},
		{line("id: cold", "id: Cold"), "line 2", "small letters"},
		{line("kind: condition", "kind: illness"), "line 4", "one of condition"},
		{line("code: icd-10 J00", "code: J00"), "line 6", "A code is a system"},
		{line("code: icd-10 J00", "code: icd-10 J*"), "line 6", "at least three letters"},
		{line("code: icd-10 J00", "code: javascript:x J00"), "line 6", "A code is a system"},
		{line("written: 2026-05-03", "written: May 2026"), "line 7", "not a day"},
		{line("next: 2027-05-03", "next: 2025-05-03"), "line 1", "before the page was written"},
		{line("source: Us | How a cold goes | 2026-05-03", "source: Us"), "line 9", "A source is who wrote it"},
		{line("# For professionals", "## For professionals"), "line 11", "part for professionals is missing"},
		{line("A cold is an illness of the nose. See [asthma](/health-a-to-z/asthma).", ""), "line 11", "does not begin by saying"},
		{line("## Who to ask", "## "), "line 16", "heading is empty"},
		{line("### More", "# More"), "line 20", "A heading here is ###"},
		{line("You can not breathe.", "<b>You</b> can not."), "line 14", "HTML is not taken"},
		{line("A **pharmacist**", "<script>alert(1)</script>"), "line 17", "HTML is not taken"},
		{line("A **pharmacist**", "![x](/x.png)"), "line 17", "Pictures are not taken"},
		{line("A **pharmacist**", "<https://example.org>"), "line 17", "An address becomes no link"},
		{line("/health-a-to-z/asthma", "https://example.org"), "line 11", "leads to other pages of the A to Z only"},
		{line("/health-a-to-z/asthma", "javascript:alert(1)"), "line 11", "leads to other pages of the A to Z only"},
		{line("/health-a-to-z/asthma", "/health-a-to-z/../sign-out"), "line 11", "leads to other pages of the A to Z only"},
		{line("/health-a-to-z/asthma", "/health-a-to-z/nothing"), "cold", "there is no such page"},
		{line("A **pharmacist**", "> said"), "line 17", "This is something else"},
		{line("Cold", "\xff"), "cold.md", "UTF-8"},
		{line("Cold", "\x00"), "cold.md", "zero byte"},
		{good + strings.Repeat("x", 70_000), "cold.md", "too long"},
	} {
		l, err := Read(folder("cold.md", c.file))
		says := problem.Sentence(err)
		if l != nil || !problem.Is(err, problem.Invalid) || !strings.Contains(says, c.want) || !strings.Contains(says, c.at) || strings.Contains(says, "alert") {
			t.Errorf("%.60q: want %q at %s, got %q", c.file, c.want, c.at, says)
		}
	}
	_, err := Read(folder("a.md", good, "b.md", good))
	if says := problem.Sentence(err); !strings.Contains(says, "b.md: The id cold is that of a.md too.") {
		t.Errorf("%q", says)
	}
	_, err = Read(folder("a.md", good, "b.md", strings.Replace(good, "id: cold", "id: cold-two", 1)))
	if says := problem.Sentence(err); !strings.Contains(says, "The code J00 is that of cold too") {
		t.Errorf("%q", says)
	}
	many := fstest.MapFS{}
	for i := range maxFiles + 1 {
		many[fmt.Sprintf("%d.md", i)] = &fstest.MapFile{}
	}
	if _, err = Read(many); !strings.Contains(problem.Sentence(err), "at most 2000") {
		t.Errorf("%v", err)
	}
	if _, err = Read(brokenFolder{}); !strings.Contains(problem.Sentence(err), "The folder of pages can not be read.") {
		t.Errorf("%v", err)
	}
}

type brokenFolder struct{}

func (brokenFolder) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

var tag = regexp.MustCompile(`<(/?)([a-zA-Z!][a-zA-Z0-9]*)([^>]*)>`)

// Attack 76: whatever a file of pages says, what comes of it has only the tags
// and addresses that a page may have.
func FuzzAttack76APageHoldsOnlyWhatItMay(f *testing.F) {
	f.Add(good)
	f.Add(strings.Replace(good, "A **pharmacist**", "<img src=x onerror=alert(1)>", 1))
	f.Add(strings.Replace(good, "/health-a-to-z/asthma", "javascript:alert(1)", 1))
	f.Add("---\n---\n\n# For professionals\n")
	f.Fuzz(func(t *testing.T, file string) {
		p, faults := parse(file)
		for _, ft := range faults {
			if ft.says == "" || ft.line < 0 || ft.line > strings.Count(file, "\n")+2 {
				t.Fatalf("%+v", ft)
			}
		}
		if len(faults) > 0 {
			return
		}
		parts := []string{string(p.Lead), string(p.Professional)}
		for _, s := range p.Person {
			parts = append(parts, string(s.Text))
		}
		for _, m := range tag.FindAllStringSubmatch(strings.Join(parts, "\n"), -1) {
			attr := strings.TrimSpace(m[3])
			ok := attr == "" || attr == "/" || regexp.MustCompile(`^class="[a-z -]+"$`).MatchString(attr) || regexp.MustCompile(`^(class="[a-z -]+" )?start="\d+"( class="[a-z -]+")?$`).MatchString(attr) ||
				regexp.MustCompile(`^href="/health-a-to-z/[a-z0-9-]+"( title="[^"]*")?$`).MatchString(attr)
			switch m[2] {
			case "p", "ul", "ol", "li", "h3", "strong", "em", "a", "br":
			default:
				ok = false
			}
			if !ok {
				t.Fatalf("%q came of %q", m[0], file)
			}
		}
	})
}
