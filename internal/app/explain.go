package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// explainCommand says whether somebody may see an entry of a record, and why.
type explainCommand struct {
	place        `json:"-"`
	Person       string `required:"" help:"The id of the Patient whose record it is." placeholder:"ID"`
	Entry        string `required:"" help:"The entry, as Condition/123." placeholder:"TYPE/ID"`
	As           string `required:"" help:"Who would look: professional, proxy, self, researcher, program or operator." placeholder:"ROLE"`
	For          string `help:"What for: care, emergency, proxy, own, research, export or operations. Left out, it is what that role is for." placeholder:"PURPOSE"`
	Organisation string `help:"The id of the organisation for which they would look." placeholder:"ID"`
	Hat          string `help:"Their role there, such as clinician." placeholder:"ROLE"`
	User         string `help:"Who they are in the record, as Practitioner/7." placeholder:"TYPE/ID"`
	App          string `help:"The id of the app with which they would look." placeholder:"ID"`
}

// usual are the purposes that roles are for.
var usual = map[access.Role]access.Purpose{access.RoleProfessional: access.Care, access.RoleProxy: access.Proxy, access.RoleSelf: access.Own,
	access.RoleResearcher: access.Research, access.RoleProgram: access.Operations, access.RoleOperator: access.Operations}

// Run explains.
func (c *explainCommand) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "explain", c, out)
}

// viewer is the one who would look. What they would bring along, the right to
// act or the declared emergency, is taken as given where the purpose needs it:
// the question is what the rules make of it.
func (c *explainCommand) viewer() (as record.Viewer, err error) {
	role, ok := access.RoleByName(c.As)
	if !ok {
		return as, problem.New(problem.Invalid, "There is no role "+c.As+". There are professional, proxy, self, researcher, program and operator.")
	}
	why := usual[role]
	if c.For != "" {
		if why, ok = access.PurposeByName(c.For); !ok {
			return as, problem.New(problem.Invalid, "There is no purpose "+c.For+". There are care, emergency, proxy, own, research, export and operations.")
		}
	}
	who := access.Who{Actor: "somebody", Kind: access.Person, Role: role, Organisation: c.Organisation, Hat: c.Hat, User: c.User, App: c.App, Bound: access.AllTypes(access.Looking)}
	switch {
	case role == access.RoleProgram:
		who.Kind, who.Grant = access.Client, "a permission"
	case role == access.RoleProxy, why == access.Emergency:
		who.Mandate, who.Until = "a right to be assumed", time.Now().Add(time.Hour).UnixMilli()
	case c.App != "":
		who.Grant = "a permission"
	}
	return record.Viewer{Who: who, Why: why}, nil
}

// do says it of one entry. It is a look of the operator at the entry.
func (c *explainCommand) do(ctx context.Context, h *house, by access.Who, out report) error {
	as, err := c.viewer()
	if err != nil {
		return err
	}
	typ, id, ok := strings.Cut(c.Entry, "/")
	if !ok {
		return problem.New(problem.Invalid, "An entry is written as its type and its id, such as Condition/123. Check the one that you gave.")
	}
	s, err := h.door.Open(ctx, by, record.About{Patient: c.Person}, access.Operations)
	if err != nil {
		return err
	}
	all, err := s.WhoSees(ctx, record.Key{Type: typ, ID: id}, []record.Viewer{as})
	if err != nil {
		return err
	}
	for _, line := range explained(all[0]) {
		out.line(clean(line))
	}
	return nil
}

// explained is an explanation in lines: the answer, what decided, and what each
// of the person's choices says.
func explained(s record.Seen) []string {
	answer := "No, they may not see it."
	if s.May {
		answer = "Yes, they may see it."
	}
	lines := []string{answer + " " + s.Reason,
		"  layer: " + s.Layer, "  rule: " + s.Rule, "  version of the rules: " + s.Rules, "  version of the policy: " + s.Policy}
	if len(s.Hidden) > 0 {
		lines = append(lines, "  hidden labels: "+strings.Join(s.Hidden, ", "))
	}
	for _, step := range s.Steps {
		said := step.Why.String()
		if step.Why == choice.Applies {
			said = "says no"
			if step.Permit {
				said = "says yes"
			}
		}
		lines = append(lines, fmt.Sprintf("  choice Consent/%s/_history/%d: %s, at %s", step.Consent, step.Version, said, step.Path))
	}
	return lines
}
