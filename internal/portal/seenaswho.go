package portal

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// viewer is somebody as whom a person can see their record.
type viewer struct {
	id, name string // id is what the form sends: only those of the list are taken
	record.Viewer
	none bool // they have a right that gives nothing now
}

// Bounds of the list of whom to choose.
const (
	mostHouses = 15 // organisations
	mostKnown  = 100
)

// nowhere is the organisation of somebody with whom a person has nothing to do.
// No id of a resource has a blank in it.
const nowhere = "no such organisation"

// viewers are those as whom somebody can see their record: staff of the
// organisations that the record or its log names, apps that they let in, those
// who act for them, and three with whom they have nothing to do.
func (v *visit) viewers(r Records) ([]viewer, error) {
	all, err := v.staffViewers(r)
	if err != nil {
		return nil, err
	}
	apps, err := v.appViewers()
	if err != nil {
		return nil, err
	}
	acting, err := v.actingViewers()
	if err != nil {
		return nil, err
	}
	w := v.p.words.SeenAs
	rescuer := somebody(access.RoleProfessional)
	rescuer.Organisation, rescuer.Hat = nowhere, string(staff.Clinician)
	rescuer.Mandate, rescuer.Until = "an emergency to be assumed", v.p.cfg.Now().Add(time.Hour).UnixMilli()
	stranger := somebody(access.RoleProfessional)
	stranger.Organisation, stranger.Hat = nowhere, string(staff.Clinician)
	research := somebody(access.RoleResearcher)
	research.Hat = string(staff.Researcher)
	all = append(append(all, apps...), acting...)
	return append(all, viewer{id: "stranger", name: w.Stranger, Viewer: record.Viewer{Who: stranger, Why: access.Care}},
		viewer{id: "emergency", name: w.Rescuer, Viewer: record.Viewer{Who: rescuer, Why: access.Emergency}},
		viewer{id: "research", name: w.Researcher, Viewer: record.Viewer{Who: research, Why: access.Research}}), nil
}

// somebody is a person in a role, of whom no more is known.
func somebody(role access.Role) access.Who {
	return access.Who{Actor: "somebody", Kind: access.Person, Role: role, Bound: access.AllTypes(access.Looking)}
}

// staffViewers are the kinds of staff who look after people, of each
// organisation that the record or its log names.
func (v *visit) staffViewers(r Records) ([]viewer, error) {
	ids, err := v.houses(r)
	if err != nil {
		return nil, err
	}
	w := v.p.words
	var all []viewer
	for _, id := range ids {
		o, err := v.p.cfg.Staff.Organisation(v.r.Context(), id)
		if problem.Is(err, problem.NotFound) {
			continue // nobody works there who could look
		}
		if err != nil {
			return nil, err
		}
		for _, hat := range []struct {
			role staff.Role
			name string
		}{{staff.Clinician, w.Staff.Roles.Clinician}, {staff.CareCoordinator, w.Staff.Roles.CareCoordinator}} {
			who := somebody(access.RoleProfessional)
			who.Organisation, who.Hat = id, string(hat.role)
			all = append(all, viewer{id: "staff:" + id + ":" + who.Hat, name: hat.name + ", " + o.Name, Viewer: record.Viewer{Who: who, Why: access.Care}})
		}
	}
	return all, nil
}

// houses are the ids of organisations that look after somebody or looked at
// their record.
func (v *visit) houses(r Records) ([]string, error) {
	var ids []string
	add := func(id string) {
		if id != "" && len(ids) < mostHouses && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	q, err := search.Parse(r.Registry(), []string{"Encounter", "EpisodeOfCare", "Patient"}, nil, nil, search.Options{Strict: true, Now: v.p.cfg.Now().UnixMicro()})
	if err != nil {
		return nil, err
	}
	q.Count = mostKnown
	page, err := r.Search(v.r.Context(), q, "")
	if err != nil {
		return nil, err
	}
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		named := []fhir.Node{t.Root().Get("managingOrganization"), t.Root().Get("serviceProvider")}
		for gp := range t.Root().Get("generalPractitioner").Items() {
			named = append(named, gp)
		}
		for _, n := range named {
			if id, ok := strings.CutPrefix(n.Get("reference").Str(), "Organization/"); ok {
				add(id)
			}
		}
	}
	l, ok := r.(looker)
	if !ok {
		return nil, problem.New(problem.Unavailable, "")
	}
	looks, err := l.Looked(v.r.Context(), record.Looking{Others: true, Count: mostKnown})
	for i := range looks.Items {
		add(looks.Items[i].Who.Organisation)
	}
	return ids, err
}

// appViewers are the apps that somebody let in to their own record.
func (v *visit) appViewers() (all []viewer, err error) {
	given, _, err := v.standing()
	if err != nil {
		return nil, err
	}
	for _, g := range given {
		who := g.Who()
		if who.Role != access.RoleSelf || who.Patient != "" && who.Patient != recordID(v.s.Record) {
			continue // at work, or for somebody else
		}
		cl, _, err := v.p.cfg.Clients.Get(v.r.Context(), g.Client)
		if err != nil {
			return nil, err
		}
		all = append(all, viewer{id: "app:" + g.ID, name: v.p.words.SeenAs.TheApp + " " + cl.Name, Viewer: record.Viewer{Who: who, Why: access.Own}})
	}
	return all, nil
}

// actingViewers are those who act for somebody.
func (v *visit) actingViewers() (all []viewer, err error) {
	given, err := v.p.cfg.Mandates.Given(v.r.Context(), recordID(v.s.Record))
	if err != nil {
		return nil, err
	}
	for _, d := range given {
		one := viewer{id: "acts:" + d.ID, name: d.Relation.Name + ", " + v.p.words.Looked.Acting}
		right, err := v.p.cfg.Mandates.Gives(v.r.Context(), d.Patient, d.ID)
		switch {
		case problem.Is(err, problem.NotFound):
			one.none = true
			one.Viewer = record.Viewer{Who: somebody(access.RoleProxy), Why: access.Proxy}
		case err != nil:
			return nil, err
		default:
			one.Viewer = record.Viewer{Who: right.Who("somebody", access.AllTypes(access.Looking)), Why: access.Proxy}
		}
		all = append(all, one)
	}
	return all, nil
}
