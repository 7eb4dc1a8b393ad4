package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/problem"
)

// growthRead says where the measurements in a file lie.
type growthRead struct {
	growthPlace
	File      string `arg:"" help:"CSV with a first line of names, or JSON lines: born, sex, gestation, on, measure, value, method, and child, mother, father where they are known; - is standard input." placeholder:"FILE"`
	Reference string `help:"The id of the reference to use (bevan growth list)." placeholder:"ID"`
	Legacy    bool   `help:"Correct age by the rule of the paper charts: until 1 year from 32 weeks, until 2 years before."`
	JSON      bool   `name:"json" help:"Write JSON lines instead of a table."`
}

// Run reads the file as a whole. Lines that are wrong are told, and the others
// are done.
func (c *growthRead) Run(ctx context.Context, s Streams) error {
	all, err := readReferences(c.Data, c.Reference)
	if err != nil {
		return err
	}
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return problem.Wrap(problem.NotFound, "The file "+c.File+" can not be read. Check its name.", err)
		}
		defer f.Close()
		in = f
	}
	file, err := readGrowth(in)
	if err != nil {
		return problem.New(problem.Invalid, "The file "+c.File+" can not be read: "+err.Error()+".")
	}
	options := growth.Options{Correction: growth.ForLife}
	if c.Legacy {
		options.Correction = growth.Legacy
	}
	write := writeGrowthTable
	if c.JSON {
		write = writeGrowthJSON
	}
	if err := write(s.Out, all[0], file.children, options); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	slices.SortFunc(file.wrong, func(a, b wrongLine) int { return cmp.Compare(a.line, b.line) })
	for _, w := range file.wrong {
		fmt.Fprintf(s.Err, "line %d: %s\n", w.line, w.why)
	}
	if n := len(file.wrong); n > 0 {
		return partly{problem.New(problem.Invalid, fmt.Sprintf("Lines that were left out: %d. Mend them, and run this again.", n))}
	}
	return nil
}

// reviewChild judges the measurements of a child, and gives each result with the
// line that it came from, by day.
func reviewChild(r *growth.Reference, c *growthChild, o growth.Options) growth.Reviewed {
	slices.SortStableFunc(c.rows, func(a, b measured) int {
		return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.Of, b.Of))
	})
	var series []growth.Measurement
	for _, m := range c.rows {
		series = append(series, m.Measurement)
	}
	o.Parents = c.parents
	return r.Review(c.child, series, o)
}

func writeGrowthTable(out io.Writer, r *growth.Reference, children []*growthChild, o growth.Options) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "line\tchild\ton\tmeasure\tvalue\tage\tSDS\tcentile\tcorrected\tSDS\tcentile")
	var findings []string
	for _, c := range children {
		got := reviewChild(r, c, o)
		for i := range got.Results {
			x := &got.Results[i]
			corrected := "-\t-\t-"
			if x.IsCorrected {
				corrected = scoreCells(&x.Corrected)
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", c.rows[i].line, cmp.Or(c.name, "-"), x.On, x.Of,
				strconv.FormatFloat(x.Value, 'f', -1, 64)+" "+x.Of.Unit(), scoreCells(&x.Chronological), corrected)
			if why := x.Score().Why; why != growth.Present {
				findings = append(findings, fmt.Sprintf("no score: line %d: %s", c.rows[i].line, why.Clinician()))
			}
			for _, f := range x.Findings {
				findings = append(findings, findingLine(c, f))
			}
		}
		for _, f := range got.Findings {
			findings = append(findings, findingLine(c, f))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range findings {
		fmt.Fprintln(out, f)
	}
	i, rules := r.Info(), growth.DefaultRules()
	_, err := fmt.Fprintf(out, "Reference: %s, version %s (%s), %s; rules %s, %s. This is support for those who know the child, and no verdict.\n",
		i.Name, i.Version, i.ID, signedBy(i.SignedOff), rules.Name(), signedBy(rules.SignedOff))
	return err
}

func findingLine(c *growthChild, f growth.Finding) string {
	who := ""
	if c.name != "" {
		who = c.name + ", "
	}
	return fmt.Sprintf("%s: %s%s, %s: %s", f.Kind, who, f.On, f.Measure, f.Clinician)
}

func scoreCells(s *growth.Score) string {
	age := "-"
	if !math.IsNaN(s.Age) {
		age = strconv.FormatFloat(s.Age, 'f', 3, 64)
	}
	if !s.Known() {
		return age + "\t-\t-"
	}
	return fmt.Sprintf("%s\t%+.3f\t%s", age, s.Z, growth.CentileText(s.Centile))
}

// The lines that --json writes.
type (
	growthResult struct {
		Line          int             `json:"line"`
		Child         string          `json:"child,omitempty"`
		On            string          `json:"on"`
		Measure       string          `json:"measure"`
		Value         float64         `json:"value"`
		Unit          string          `json:"unit"`
		Reference     growthReference `json:"reference"`
		Chronological growthScore     `json:"chronological"`
		Corrected     *growthScore    `json:"corrected,omitempty"`
		Lay           string          `json:"lay"`
		Clinician     string          `json:"clinician"`
		Findings      []growthFinding `json:"findings,omitempty"`
	}
	growthReference struct {
		ID      string `json:"id"`
		Version string `json:"version"`
		Digest  string `json:"digest"`
	}
	growthScore struct {
		Age     *float64 `json:"age,omitempty"`
		Z       *float64 `json:"z,omitempty"`
		Centile *float64 `json:"centile,omitempty"`
		Band    string   `json:"band,omitempty"`
		Table   string   `json:"table,omitempty"`
		None    string   `json:"noScore,omitempty"`
	}
	growthFinding struct {
		Code      string `json:"code"`
		Kind      string `json:"kind"`
		Lay       string `json:"lay"`
		Clinician string `json:"clinician"`
		Rules     string `json:"rules,omitempty"`
	}
)

func writeGrowthJSON(out io.Writer, r *growth.Reference, children []*growthChild, o growth.Options) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	i := r.Info()
	for _, c := range children {
		got := reviewChild(r, c, o)
		for k := range got.Results {
			x := &got.Results[k]
			line := growthResult{Line: c.rows[k].line, Child: c.name, On: x.On.String(), Measure: x.Of.String(), Value: x.Value, Unit: x.Of.Unit(),
				Reference: growthReference{i.ID, i.Version, i.Digest}, Chronological: scoreJSON(&x.Chronological), Lay: x.Lay(), Clinician: x.Clinician()}
			if x.IsCorrected {
				s := scoreJSON(&x.Corrected)
				line.Corrected = &s
			}
			for _, f := range slices.Concat(x.Findings, of(got.Findings, x)) {
				line.Findings = append(line.Findings, growthFinding{f.Code, f.Kind.String(), f.Lay, f.Clinician, f.Rules})
			}
			if err := enc.Encode(line); err != nil {
				return errors.Join(errors.New("the results can not be written"), err)
			}
		}
	}
	return nil
}

// of are the findings about one result.
func of(all []growth.Finding, x *growth.Result) (out []growth.Finding) {
	for _, f := range all {
		if f.Measure == x.Of && f.On == x.On {
			out = append(out, f)
		}
	}
	return out
}

func scoreJSON(s *growth.Score) growthScore {
	var out growthScore
	if !math.IsNaN(s.Age) {
		out.Age = &s.Age
	}
	if !s.Known() {
		out.None = s.Why.Clinician()
		return out
	}
	out.Z, out.Centile, out.Band, out.Table = &s.Z, &s.Centile, s.Band.String(), s.Piece
	return out
}
