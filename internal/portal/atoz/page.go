package atoz

import (
	"html/template"
	"time"
)

// Kind is what a page is about.
type Kind string

// The kinds of pages.
const (
	Condition   Kind = "condition"
	Vaccination Kind = "vaccination"
	Test        Kind = "test"
	Medicine    Kind = "medicine"
)

func (k Kind) known() bool {
	return k == Condition || k == Vaccination || k == Test || k == Medicine
}

// Urgency is how soon somebody whom a section speaks to should get help.
type Urgency int

// From nothing to be done at once to an emergency. GP is within some days.
const (
	Calm Urgency = iota
	GP
	Today // 111, or the surgery on the same day
	Emergency
)

// Page is what is said about one thing.
type Page struct {
	ID, Title string
	Kind      Kind
	// Also are other names, by which it is found too.
	Also  []string
	Codes []Code
	// Written is when, and Next is when it has to be looked at again.
	Written, Next time.Time
	// Checked names the clinician who checked it; empty for nobody yet.
	Checked string
	Sources []Source
	// Lead says what it is, before the first heading.
	Lead template.HTML
	// Person and Professional are its two parts.
	Person       []Section
	Professional template.HTML
	// Ours says that it came with the program, and not from the operator.
	Ours bool

	text  string   // all words of the person's part
	lower string   // the same in small letters, for searching
	links []string // ids of the pages to which it leads
}

// Section is a part under one heading.
type Section struct {
	Title   string
	Urgency Urgency
	Text    template.HTML
}

// Source is where facts of a page were checked, and when.
type Source struct {
	Who, What string
	Seen      time.Time
}

// Code is an id in a code system. A code that ends in an asterisk stands for all
// that begin with what is before it, which is how ICD-10 and ATC are built.
type Code struct{ System, Code string }

// Link leads to a page.
type Link struct{ Title, ID string }

// At is the address of the pages, to which the id of one is added.
const At = "/health-a-to-z"

// Href is the address of the page.
func (l Link) Href() string { return At + "/" + l.ID }

// Link is the link to a page.
func (p *Page) Link() Link { return Link{p.Title, p.ID} }

// Text is all words of the person's part, a line for each heading, paragraph and
// item.
func (p *Page) Text() string { return p.text }

// Old says that a page should have been looked at again before that day.
func (p *Page) Old(now time.Time) bool { return now.After(p.Next) }
