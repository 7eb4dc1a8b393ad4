package england

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

//go:embed data/*.json
var ours embed.FS

// current is the file of the schedule that is in force.
const current = "data/england-2026-01-01.json"

// File is a schedule with what goes along with it, as a file has it.
type File struct {
	Programmes []Programme       `json:"programmes"`
	Products   []Product         `json:"products,omitzero"`
	Calls      []Call            `json:"calls,omitzero"`
	Yearly     []Yearly          `json:"yearly,omitzero"`
	Schedule   *vaccine.Schedule `json:"schedule"`
}

// Programme is one group of the schedule, or one of every year.
type Programme struct {
	Name string `json:"name"`
	// Page is the page of the health A to Z that tells about it; "" for none.
	Page string `json:"page,omitzero"`
	// Grace is how long after an invitation is due somebody is overdue; what is
	// not given is four weeks.
	Grace vaccine.Period `json:"grace,omitzero"`
}

// Product is what records call a vaccine: trade names, and codes. The codes of
// SNOMED CT come from test fixtures and other second-hand sources, and have to
// be checked in its browser before clinical use.
type Product struct {
	Vaccine    string   `json:"vaccine"` // code in the schedule
	Trade      []string `json:"trade,omitzero"`
	Diseases   []string `json:"diseases,omitzero"`   // SNOMED CT, target diseases
	Procedures []string `json:"procedures,omitzero"` // SNOMED CT, that it was given
	Products   []string `json:"products,omitzero"`   // SNOMED CT, of dm+d
	CVX        []string `json:"cvx,omitzero"`        // CDC's numbers of vaccines
	Made       []string `json:"made,omitzero"`       // codes of made-up people (package sim)
}

// Call is an invitation that ends on a day: until it has ended nobody is late.
type Call struct {
	Series string       `json:"series"`
	Dose   int          `json:"dose,omitzero"` // only this dose; 0 for any
	Until  vaccine.Date `json:"until"`
}

// Calendar is a file made ready. Many can use it at once.
type Calendar struct {
	file     *File
	plan     *vaccine.Plan
	graces   []vaccine.Period // by programme
	byName   map[string]int   // programmes
	groups   []int            // programme of each group
	products map[string]*Product
	names    map[string]string // of vaccines
	covers   map[string][]int  // programmes by vaccine
	limits   map[string]vaccine.AgeRange
	yearly   []*season
	calls    []Call
}

// Ours is England's schedule, made ready once.
func Ours() (*Calendar, error) { return oursOnce() }

var oursOnce = sync.OnceValues(func() (*Calendar, error) {
	b, err := ours.ReadFile(current)
	if err != nil {
		return nil, fmt.Errorf("england: %w", err)
	}
	return Read(bytes.NewReader(b))
})

// maxFile bounds a file, in bytes: CDC's whole schedule has 3 MB.
const maxFile = 16 << 20

// Read reads a schedule: a file such as ours, or a schedule of package vaccine
// by itself. Names that it does not know are refused, and so is what does not
// hold together; the error names the place.
func Read(r io.Reader) (*Calendar, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("the schedule can not be read: %w", err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("a schedule has at most %d bytes", maxFile)
	}
	var top map[string]jsontext.Value
	if err := json.Unmarshal(b, &top); err != nil {
		return nil, fmt.Errorf("the schedule can not be read: %w", err)
	}
	f := new(File)
	if _, whole := top["schedule"]; !whole {
		if f.Schedule, err = vaccine.ReadSchedule(bytes.NewReader(b)); err != nil {
			return nil, err
		}
		return newCalendar(f)
	}
	if err := json.Unmarshal(b, f, json.RejectUnknownMembers(true)); err != nil {
		var at *json.SemanticError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("the schedule can not be read at %s: %w", at.JSONPointer, err)
		}
		return nil, fmt.Errorf("the schedule can not be read: %w", err)
	}
	return newCalendar(f)
}

func newCalendar(f *File) (*Calendar, error) {
	if f.Schedule == nil {
		return nil, errors.New("the file holds no schedule")
	}
	plan, err := vaccine.Compile(f.Schedule)
	if err != nil {
		return nil, err
	}
	c := &Calendar{file: f, plan: plan, byName: map[string]int{}, products: map[string]*Product{}, names: map[string]string{}, covers: map[string][]int{}, limits: map[string]vaccine.AgeRange{}, calls: f.Calls}
	for _, step := range []func() error{c.programmes, c.vaccines, c.seasons, c.checkCalls} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("schedule %.40q: %w", f.Schedule.ID, err)
		}
	}
	return c, nil
}

// fourWeeks is how long an invitation is open where the file says nothing.
var fourWeeks = vaccine.MustPeriod("28 days")

// programmes puts the programmes of the file in their order, and behind them the
// groups that it does not name.
func (c *Calendar) programmes() error {
	for _, p := range c.file.Programmes {
		if _, twice := c.byName[p.Name]; twice || p.Name == "" {
			return fmt.Errorf("the programme %.40q is empty or comes twice", p.Name)
		}
		c.add(p)
	}
	for i := range c.file.Schedule.Groups {
		name := c.file.Schedule.Groups[i].Name
		if _, known := c.byName[name]; !known {
			c.add(Programme{Name: name})
		}
		c.groups = append(c.groups, c.byName[name])
	}
	return nil
}

func (c *Calendar) add(p Programme) {
	c.byName[p.Name] = len(c.graces)
	if int(len(c.graces)) >= len(c.file.Programmes) {
		c.file.Programmes = append(c.file.Programmes, p)
	}
	if !p.Grace.Given() {
		p.Grace = fourWeeks
	}
	c.graces = append(c.graces, p.Grace)
}

func (c *Calendar) vaccines() error {
	inGroup := map[string]int{}
	for i := range c.file.Schedule.Groups {
		for _, a := range c.file.Schedule.Groups[i].Antigens {
			inGroup[a] = c.groups[i]
		}
	}
	for i := range c.file.Schedule.Vaccines {
		v := &c.file.Schedule.Vaccines[i]
		c.names[v.Code] = v.Name
		if v.Name == "" {
			c.names[v.Code] = v.Code
		}
		for _, a := range v.Contains {
			c.covers[v.Code] = append(c.covers[v.Code], inGroup[a.Antigen])
		}
	}
	for i := range c.file.Products {
		p := &c.file.Products[i]
		if _, known := c.names[p.Vaccine]; !known {
			return fmt.Errorf("product %d: there is no vaccine %.40q", i+1, p.Vaccine)
		}
		if _, twice := c.products[p.Vaccine]; twice {
			return fmt.Errorf("product %d: the vaccine %.40q comes twice", i+1, p.Vaccine)
		}
		c.products[p.Vaccine] = p
	}
	return nil
}

func (c *Calendar) checkCalls() error {
	series := map[string]bool{}
	for i := range c.file.Schedule.Antigens {
		for k := range c.file.Schedule.Antigens[i].Series {
			series[c.file.Schedule.Antigens[i].Series[k].Name] = true
		}
	}
	for i, call := range c.calls {
		if !series[call.Series] || call.Until == 0 {
			return fmt.Errorf("call %d: there is no series %.60q, or it ends on no day", i+1, call.Series)
		}
	}
	return nil
}

// ID names the schedule.
func (c *Calendar) ID() string { return c.file.Schedule.ID }

// Version is which of its versions this is.
func (c *Calendar) Version() string { return c.file.Schedule.Version }

// Title is what people call it.
func (c *Calendar) Title() string { return c.file.Schedule.Title }

// SignedOff is who answers for the schedule; "" for nobody yet.
func (c *Calendar) SignedOff() string {
	if s := c.file.Schedule.SignedOff; s != nil {
		return s.By
	}
	return ""
}

// Programmes are those of the schedule in its order. They may not be changed.
func (c *Calendar) Programmes() []Programme { return c.file.Programmes }

// Products are what records call the vaccines. They may not be changed.
func (c *Calendar) Products() []Product { return c.file.Products }

// Name is what a vaccine is called; "" for one that the schedule does not know.
func (c *Calendar) Name(code string) string { return c.names[code] }

// Product is what records call a vaccine; nil where the file does not say.
func (c *Calendar) Product(code string) *Product { return c.products[code] }

// Usual is a vaccine that serves a programme: the first of the schedule's; "" for
// none.
func (c *Calendar) Usual(programme string) string {
	at, known := c.byName[programme]
	for i := range c.file.Schedule.Vaccines {
		if code := c.file.Schedule.Vaccines[i].Code; known && c.serves(code, at) {
			return code
		}
	}
	return ""
}

// Alike says whether two vaccines serve the same programmes.
func (c *Calendar) Alike(a, b string) bool {
	return a == b || len(c.covers[a]) > 0 && slices.Equal(c.covers[a], c.covers[b])
}

// Schedule is the rules themselves. They may not be changed.
func (c *Calendar) Schedule() *vaccine.Schedule { return c.file.Schedule }
