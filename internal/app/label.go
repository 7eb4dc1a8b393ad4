package app

import (
	"context"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

type labelCommand struct {
	Waiting labelWaiting `cmd:"" help:"List the new kinds of code from sensitive services. What has one is hidden until it is judged."`
	Judge   labelJudge   `cmd:"" help:"Say what a code means: the labels that it has, or none."`
	Judged  labelJudged  `cmd:"" help:"List the codes that were judged, by whom and why."`
	Raise   labelRaise   `cmd:"" help:"Keep an entry of a record more private."`
	Lower   labelLower   `cmd:"" help:"Take a label away from an entry of a record. The person can see that it was done, and why."`
}

// labels reads the names of labels, with commas between them.
func readLabels(text string) (label.Set, error) {
	s, ok := label.ByName(strings.ReplaceAll(text, ",", " "))
	if !ok {
		return 0, problem.New(problem.Invalid, "One of these is no label. There are: "+strings.Join((label.Every&^label.UnderReview).Names(), ", ")+".")
	}
	return s, nil
}

// reviewing is the session of a reviewer.
func reviewing(ctx context.Context, h *house, by access.Who) (*record.Session, error) {
	return h.session(ctx, by, access.Operations)
}

type labelWaiting struct {
	place `json:"-"`
}

// Run lists what waits.
func (c *labelWaiting) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "label-waiting", c, out)
}

func (c *labelWaiting) do(ctx context.Context, h *house, by access.Who, out report) error {
	s, err := reviewing(ctx, h, by)
	if err != nil {
		return err
	}
	list, err := s.NewCodes(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		out.line("No code waits to be judged.")
	}
	for _, n := range list {
		out.line(n.Code.Code + "  of " + n.System + ", since " + time.UnixMilli(n.Since).Format("2 Jan 2006"))
	}
	return nil
}

type labelJudge struct {
	place  `json:"-"`
	System string `arg:"" help:"The code system, as it stands in the list."`
	Code   string `arg:"" help:"The code."`
	Labels string `help:"The labels that it has, with commas between them. Left out, it has none." placeholder:"NAMES"`
	Reason string `required:"" help:"Why; it is kept." placeholder:"TEXT"`
}

// Run judges a code.
func (c *labelJudge) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "label-judge", c, out)
}

func (c *labelJudge) do(ctx context.Context, h *house, by access.Who, out report) error {
	labels, err := readLabels(c.Labels)
	if err != nil {
		return err
	}
	s, err := reviewing(ctx, h, by)
	if err != nil {
		return err
	}
	if err := s.Judge(ctx, label.Code{System: c.System, Code: c.Code}, labels, c.Reason); err != nil {
		return err
	}
	out.line(c.Code + " " + means(labels) + ". What is there already is labelled in the background while the server runs.")
	return nil
}

func means(labels label.Set) string {
	if labels == 0 {
		return "has no label"
	}
	return "has the labels " + strings.Join(labels.Names(), ", ")
}

type labelJudged struct {
	place `json:"-"`
}

// Run lists what was judged.
func (c *labelJudged) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "label-judged", c, out)
}

func (c *labelJudged) do(ctx context.Context, h *house, by access.Who, out report) error {
	s, err := reviewing(ctx, h, by)
	if err != nil {
		return err
	}
	list, err := s.Judgements(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		out.line("No code was judged yet.")
	}
	for _, j := range list {
		out.line(j.Code.Code + " of " + j.System + " " + means(j.Labels) + ": " + j.Why + " (" + j.By + ", " + time.UnixMilli(j.At).Format("2 Jan 2006") + ")")
	}
	return nil
}

// entry is an entry of a record whose labels are changed.
type entry struct {
	place  `json:"-"`
	Entry  string `arg:"" help:"The entry, as Condition/123."`
	Labels string `help:"The labels, with commas between them." placeholder:"NAMES"`
	Reason string `required:"" help:"Why; the person can read it." placeholder:"TEXT"`
}

// change applies a change of labels to the entry.
func (c *entry) change(ctx context.Context, h *house, by access.Who, fn func(*record.Session, record.Key, label.Set) error) error {
	typ, id, ok := strings.Cut(c.Entry, "/")
	if !ok {
		return problem.New(problem.Invalid, "An entry is written as its type and its id, such as Condition/123. Check the one that you gave.")
	}
	labels, err := readLabels(c.Labels)
	if err != nil {
		return err
	}
	s, err := reviewing(ctx, h, by)
	if err != nil {
		return err
	}
	return fn(s, record.Key{Type: typ, ID: id}, labels)
}

type labelRaise struct{ entry }

// Run raises a label.
func (c *labelRaise) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "label-raise", c, out)
}

func (c *labelRaise) do(ctx context.Context, h *house, by access.Who, out report) error {
	return c.change(ctx, h, by, func(s *record.Session, k record.Key, labels label.Set) error {
		if _, err := s.Raise(ctx, k, labels, c.Reason); err != nil {
			return err
		}
		out.line(k.String() + " is more private now. A Provenance in the record says so.")
		return nil
	})
}

type labelLower struct{ entry }

// Run lowers a label.
func (c *labelLower) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "label-lower", c, out)
}

func (c *labelLower) do(ctx context.Context, h *house, by access.Who, out report) error {
	return c.change(ctx, h, by, func(s *record.Session, k record.Key, labels label.Set) error {
		if _, err := s.Lower(ctx, k, labels, c.Reason); err != nil {
			return err
		}
		out.line(k.String() + " is less private now. A Provenance in the record says who did it and why.")
		return nil
	})
}
