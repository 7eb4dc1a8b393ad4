// Package names says who is behind the ids in the access log, in so far as the
// person whose record it is may know it.
//
// Staff are named with the organisation for which they asked, programs by the
// name under which they are registered, those who run the service as such.
// Whoever is none of these, such as somebody who claimed a record that is not
// theirs, is not named: the log is the person's, and the other's name is the
// other's.
//
// Why here: two doors show the log and neither may know the other, and the rooms
// that know names are those of identity. It keeps nothing and decides nothing.
package names

import (
	"context"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit/event"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Sort is what sort of actor somebody is to the person whose record it is.
type Sort uint8

// The sorts. The zero one is somebody of whom nothing may be told.
const (
	Somebody Sort = iota
	Yourself      // the person, or an app in their name
	Proxy         // somebody who acts for them
	Staff         // a member of staff of an organisation
	Research      // somebody who learns from many people's data
	Operator      // whoever runs the service
	Program       // a program that was let in by itself
	Service       // work of this server; Behind says for whom
)

// Named is who an actor is.
type Named struct {
	Sort Sort
	// Name is that of a member of staff, of somebody who acts for the person, or
	// of a program; empty where it is not known.
	Name string
	// Organisation is the name of the one for which they asked.
	Organisation string
	// App is the name of the app that asked in their name.
	App string
	// Job is the name of the server's work, and Behind for whom it was done.
	Job    string
	Behind *Named

	reference, id string
}

// Names finds names. It is safe for concurrent use.
type Names struct {
	accounts *account.Accounts
	staff    *staff.Staff
	clients  *client.Clients
}

// New is the names that these rooms know.
func New(a *account.Accounts, s *staff.Staff, c *client.Clients) *Names {
	return &Names{a, s, c}
}

const accountPrefix = "account:"

// Of names the one who asked about a person, whose logical Patient id is
// patient. What is not there any more has no name, and is no error.
func (n *Names) Of(ctx context.Context, who access.Who, person int64, patient string) (Named, error) {
	if who.Kind == access.Work {
		return n.work(ctx, who, person, patient)
	}
	out := Named{}
	var err error
	switch who.Role {
	case access.RoleSelf:
		if who.For == person {
			out.Sort, out.reference = Yourself, "Patient/"+patient
		}
	case access.RoleProxy:
		out.Sort = Proxy
		if out.Name, err = n.account(ctx, who.Actor); err != nil {
			return Named{}, err
		}
		out.id = who.Actor
	case access.RoleProfessional, access.RoleResearcher:
		out.Sort = Staff
		if who.Role == access.RoleResearcher {
			out.Sort = Research
		}
		if err := n.member(ctx, who.Actor, &out); err != nil {
			return Named{}, err
		}
	case access.RoleOperator:
		out.Sort, out.id = Operator, who.Actor
		if err := n.member(ctx, who.Actor, &out); err != nil {
			return Named{}, err
		}
		if out.reference == "" && strings.HasPrefix(who.Actor, accountPrefix) {
			out = Named{} // not one of those who run the service, whatever was done in their name
		}
	case access.RoleProgram:
		out.Sort, out.id = Program, who.Actor
		out.Name, err = n.app(ctx, who.App)
		return out, err
	}
	if out.Organisation, err = n.organisation(ctx, who.Organisation); err != nil {
		return Named{}, err
	}
	out.App, err = n.app(ctx, who.App)
	return out, err
}

// work names work of this server, and the one behind it.
func (n *Names) work(ctx context.Context, who access.Who, person int64, patient string) (Named, error) {
	job, _, _ := strings.Cut(who.Actor, " for ")
	behind := who
	behind.Actor, behind.Kind = who.Behind(), access.Person
	b, err := n.Of(ctx, behind, person, patient)
	return Named{Sort: Service, Job: job, Behind: &b}, err
}

// member names a member of staff by their account.
func (n *Names) member(ctx context.Context, actor string, out *Named) error {
	id, ok := strings.CutPrefix(actor, accountPrefix)
	if !ok {
		return nil
	}
	p, err := n.staff.Person(ctx, id)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err == nil {
		out.Name, out.reference = p.Name, "Practitioner/"+p.Practitioner
	}
	return err
}

func (n *Names) account(ctx context.Context, actor string) (string, error) {
	id, ok := strings.CutPrefix(actor, accountPrefix)
	if !ok {
		return "", nil
	}
	a, err := n.accounts.Get(ctx, id)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Forbidden) {
		return "", nil
	}
	return a.Name, err
}

func (n *Names) organisation(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	o, err := n.staff.Organisation(ctx, id)
	if problem.Is(err, problem.NotFound) {
		return "", nil
	}
	return o.Name, err
}

func (n *Names) app(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	c, found, err := n.clients.Get(ctx, id)
	if err != nil || !found {
		return "", err
	}
	return c.Name, nil
}

// Agent is the same for an AuditEvent.
func (n Named) Agent() event.Who {
	if n.Behind != nil {
		w := n.Behind.Agent()
		w.Job = n.Job
		return w
	}
	w := event.Who{Reference: n.reference, ID: n.id, Name: n.Name, Organisation: n.Organisation, App: n.App}
	if n.Sort == Program {
		w.App = n.Name
	}
	return w
}
