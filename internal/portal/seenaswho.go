package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/record"
)

// viewer is somebody as whom a person can see their record.
type viewer struct {
	id, name string // id is what the form sends: only those of the list are taken
	record.Viewer
	none bool // they have a right that gives nothing now
}

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
	var o onlookers
	if err := v.addPlaces(&o, r); err != nil {
		return nil, err
	}
	looks, _, err := v.staffLooks()
	for i := 0; i < len(looks) && err == nil; i++ {
		err = v.addPlace(&o, r, looks[i].Who.Organisation)
	}
	if err != nil {
		return nil, err
	}
	w := v.p.words
	var all []viewer
	for _, at := range o.orgs {
		for _, hat := range []struct {
			role staff.Role
			name string
		}{{staff.Clinician, w.Staff.Roles.Clinician}, {staff.CareCoordinator, w.Staff.Roles.CareCoordinator}} {
			who := somebody(access.RoleProfessional)
			who.Organisation, who.Hat = at.ID, string(hat.role)
			all = append(all, viewer{id: "staff:" + at.ID + ":" + who.Hat, name: hat.name + ", " + at.Name, Viewer: record.Viewer{Who: who, Why: access.Care}})
		}
	}
	return all, nil
}

// appViewers are the apps that somebody let in to their own record.
func (v *visit) appViewers() ([]viewer, error) {
	var o onlookers
	err := v.addApps(&o, nil)
	var all []viewer
	for _, a := range o.all {
		all = append(all, viewer{id: "app:" + a.Who.Grant, name: a.Name, Viewer: a.Viewer})
	}
	return all, err
}

// actingViewers are those who act for somebody, and those whose right gives
// nothing now.
func (v *visit) actingViewers() (all []viewer, err error) {
	patient := recordID(v.s.Record)
	given, err := v.p.cfg.Mandates.Given(v.r.Context(), patient)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	held, err := v.p.cfg.Mandates.Held(v.r.Context(), patient)
	if err != nil {
		return nil, err
	}
	for _, d := range given {
		one := viewer{id: "acts:" + d.ID, name: d.Relation.Name + ", " + v.p.words.Looked.Acting, none: true}
		one.Viewer = record.Viewer{Who: somebody(access.RoleProxy), Why: access.Proxy}
		for _, h := range held {
			if h.ID == d.ID {
				one.none, one.Who = false, actingWho(h)
			}
		}
		all = append(all, one)
	}
	return all, nil
}
