package portal

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/consent/sharing"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// onlooker is somebody who sees a record, or may, and what they are called.
type onlooker struct {
	record.Viewer
	Name string
	// whom is how a choice names them.
	whom sharing.Whom
}

// onlookers are those whom a choice may be about: the places that look after
// somebody and their staff who looked within a year, those who act for them, and
// their apps.
type onlookers struct {
	all  []onlooker
	orgs []sharing.Named // that the record names as looking after them, or whose staff looked
	// teams are the care teams that the record names. Their members are onlookers by
	// themselves.
	teams []sharing.Named
	cut   bool // there are more of them than are looked at
}

// Bounds of who is listed.
const (
	mostLooked = 1000 // looks of the last year, the newest first
	mostPlaces = 40
	mostStaff  = 60
)

// onlookers finds them. r is a session of the person with their own record.
func (v *visit) onlookers(r Records) (o onlookers, err error) {
	for _, add := range []func(*onlookers, Records) error{v.addPlaces, v.addLooked, v.addActing, v.addApps} {
		if err := add(&o, r); err != nil {
			return o, err
		}
	}
	if len(o.all) > record.MostOnlookers {
		o.all, o.cut = o.all[:record.MostOnlookers], true
	}
	return o, nil
}

// tieTypes are what may show that a place looks after somebody. Whether it does
// is for the door to say.
var tieTypes = []string{"Appointment", "CareTeam", "Encounter", "EpisodeOfCare", "Patient", "ServiceRequest"}

// addPlaces adds the organisations that the record names.
func (v *visit) addPlaces(o *onlookers, r Records) error {
	q, err := search.Parse(r.Registry(), tieTypes, nil, []search.Pair{{Name: "_count", Value: "1000"}}, search.Options{Strict: true, Now: v.p.cfg.Now().UnixMicro(), MaxCount: listedPage})
	if err != nil {
		return err
	}
	page, err := r.Search(v.r.Context(), q, "")
	if err != nil {
		return err
	}
	o.cut = o.cut || page.Next != ""
	for _, one := range page.Items {
		t, err := parsed(one.Body)
		if err != nil {
			return err
		}
		if one.Type == "CareTeam" {
			o.addTeam(t, v.p.words.Sharing.Unnamed)
		}
		for n := range t.Strings("reference") {
			if org, ok := strings.CutPrefix(n.Str(), "Organization/"); ok && fhir.ValidID(org) {
				if err := v.addPlace(o, r, org); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// whoeverWorksThere is a name for staff of a place of whom no more is meant than that.
// Without any name they would perhaps be in each team, and a choice about a team
// would seem to be one about all who work there.
const whoeverWorksThere = "Practitioner/whoever-works-there-and-is-nobody-by-name"

// addPlace adds an organisation, as any of its staff would see the record.
func (v *visit) addPlace(o *onlookers, r Records, org string) error {
	if org == "" || slices.ContainsFunc(o.orgs, func(n sharing.Named) bool { return n.ID == org }) {
		return nil
	}
	if len(o.orgs) >= mostPlaces {
		o.cut = true
		return nil
	}
	name, err := v.placeName(r, org)
	if err != nil {
		return err
	}
	o.orgs = append(o.orgs, sharing.Named{ID: org, Name: name})
	who := somebody(access.RoleProfessional)
	who.Organisation, who.Hat, who.User = org, string(staff.Clinician), whoeverWorksThere
	o.all = append(o.all, onlooker{record.Viewer{Who: who, Why: access.Care}, v.p.words.Sharing.StaffOf + " " + name, sharing.Whom{Kind: sharing.Organisation, ID: org, Name: name}})
	return nil
}

// placeName is what an organisation is called.
func (v *visit) placeName(r Records, id string) (string, error) {
	o, err := v.p.cfg.Staff.Organisation(v.r.Context(), id)
	if err == nil {
		return o.Name, nil
	}
	if !problem.Is(err, problem.NotFound) {
		return "", err
	}
	t, err := read(v.r.Context(), r, "Organization", id)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return v.p.words.Sharing.UnknownPlace + " " + id, nil
	}
	if err != nil {
		return "", err
	}
	if name := t.Root().Get("name").Str(); name != "" {
		return name, nil
	}
	return v.p.words.Sharing.UnknownPlace + " " + id, nil
}

// addTeam adds a care team, unless it is over or was never meant to be.
func (o *onlookers) addTeam(t *fhir.Tree, unnamed string) {
	n := t.Root()
	if s := n.Get("status").Str(); s == "inactive" || s == "entered-in-error" {
		return
	}
	if len(o.teams) >= mostPlaces {
		o.cut = true
		return
	}
	id, name := n.Get("id").Str(), n.Get("name").Str()
	if name == "" {
		name = unnamed + " " + id
	}
	o.teams = append(o.teams, sharing.Named{ID: id, Name: name})
}

// staffLooks are the looks of staff within a year, the newest first, and whether
// there are more.
func (v *visit) staffLooks() ([]record.Look, bool, error) {
	l, err := v.looker()
	if err != nil {
		return nil, false, err
	}
	page, err := l.Looked(v.r.Context(), record.Looking{From: v.p.cfg.Now().AddDate(-1, 0, 0), Others: true, Count: mostLooked,
		Keep: func(l *record.Look) bool { return l.Who.Role == access.RoleProfessional }})
	return page.Items, page.Next != "", err
}

// addLooked adds staff who looked within a year, and where they work.
func (v *visit) addLooked(o *onlookers, r Records) error {
	looks, more, err := v.staffLooks()
	if err != nil {
		return err
	}
	o.cut = o.cut || more
	seen := map[[2]string]bool{}
	for i := range looks {
		look := &looks[i]
		id, ok := strings.CutPrefix(look.Who.Behind(), "account:")
		key := [2]string{id, look.Who.Organisation}
		if !ok || seen[key] {
			continue
		}
		if len(seen) >= mostStaff {
			o.cut = true
			continue
		}
		seen[key] = true
		if err := v.addPlace(o, r, look.Who.Organisation); err != nil {
			return err
		}
		if err := v.addStaff(o, look, id); err != nil {
			return err
		}
	}
	return nil
}

// addStaff adds one member of staff as they are now. One who left sees nothing,
// so there is nothing to choose.
func (v *visit) addStaff(o *onlookers, look *record.Look, id string) error {
	n, err := v.p.cfg.Names.Of(v.r.Context(), look.Who, look.Person, recordID(v.s.Record))
	if err != nil {
		return err
	}
	if n.Sort != names.Staff || n.Name == "" {
		return nil
	}
	places, err := v.p.cfg.Staff.PlacesOf(v.r.Context(), id)
	if err != nil {
		return err
	}
	for _, at := range places {
		if at.Organisation.ID != look.Who.Organisation || !at.Role.MayAsk(access.Care) {
			continue
		}
		who := access.Who{Actor: staff.Actor(id), Kind: access.Person, Role: access.RoleProfessional, Organisation: at.Organisation.ID, User: at.Practitioner,
			Hat: string(at.Role), Bound: access.AllTypes(access.Looking)}
		o.all = append(o.all, onlooker{record.Viewer{Who: who, Why: access.Care}, n.Name + ", " + at.Organisation.Name, sharing.Whom{Kind: sharing.Somebody, ID: id, Name: n.Name}})
	}
	return nil
}

// addActing adds who acts for the person.
func (v *visit) addActing(o *onlookers, _ Records) error {
	held, err := v.p.cfg.Mandates.Held(v.r.Context(), recordID(v.s.Record))
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.Relation.Account == "" {
			continue // whoever it is has no account yet by which a choice could name them
		}
		o.all = append(o.all, onlooker{record.Viewer{Who: actingWho(h), Why: access.Proxy}, h.Relation.Name + ", " + v.p.words.Sharing.ActsForYou,
			sharing.Whom{Kind: sharing.Somebody, ID: h.Relation.Account, Name: h.Relation.Name}})
	}
	return nil
}

// actingWho is somebody who acts for a person, as the door would know them.
func actingWho(h mandate.Held) access.Who {
	actor := "somebody" // no account yet
	if h.Relation.Account != "" {
		actor = staff.Actor(h.Relation.Account)
	}
	return h.Right.Who(actor, access.AllTypes(access.Looking))
}

// addApps adds the apps that somebody let in to their own record.
func (v *visit) addApps(o *onlookers, _ Records) error {
	given, _, err := v.standing()
	if err != nil {
		return err
	}
	patient := recordID(v.s.Record)
	for _, g := range given {
		if g.Member != "" || g.Patient != "" && g.Patient != patient || g.Role != access.RoleSelf {
			continue // at work, or for somebody else
		}
		app, _, err := v.p.cfg.Clients.Get(v.r.Context(), g.Client)
		if err != nil {
			return err
		}
		o.all = append(o.all, onlooker{record.Viewer{Who: g.Who(), Why: access.Own}, v.p.words.Sharing.TheApp + " " + app.Name, sharing.Whom{Kind: sharing.App, ID: g.Client, Name: app.Name}})
	}
	return nil
}

// whomOptions are whom a choice can be about, with the value of each in a form.
func (v *visit) whomOptions(o onlookers) (options []option, whoms map[string]sharing.Whom) {
	w := v.p.words.Sharing
	options, whoms = []option{{"", w.ChooseOne}}, map[string]sharing.Whom{}
	add := func(m sharing.Whom, text string) {
		value := strings.TrimSpace(string(m.Kind) + " " + m.ID)
		if _, there := whoms[value]; !there {
			options, whoms[value] = append(options, option{value, text}), m
		}
	}
	add(sharing.Whom{Kind: sharing.Everybody}, w.Everybody)
	if len(o.orgs) > 0 {
		add(sharing.Whom{Kind: sharing.Outside, But: o.orgs}, w.Outside)
	}
	add(sharing.Whom{Kind: sharing.Job, ID: string(staff.Clinician), Name: w.Clinicians}, w.Clinicians)
	add(sharing.Whom{Kind: sharing.Job, ID: string(staff.CareCoordinator), Name: w.Coordinators}, w.Coordinators)
	add(sharing.Whom{Kind: sharing.Acting}, w.Acting)
	for _, one := range o.all {
		add(one.whom, one.Name)
	}
	for _, team := range o.teams {
		add(sharing.Whom{Kind: sharing.Team, ID: team.ID, Name: team.Name}, w.TheTeam+" "+team.Name)
	}
	return options, whoms
}
