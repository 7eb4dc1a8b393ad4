package record

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

const ofObservations = `,"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]`

// hides is a choice by which those whom an actor names see no observations, and
// shows one by which nobody else sees them.
func hides(actor string) string {
	return sharing("c1", "sam", "active", `{"type":"deny",`+actor+ofObservations+`}`)
}

func shows(actor string) string {
	return sharing("c1", "sam", "active", `{"type":"deny"`+ofObservations+`,"provision":[{"type":"permit",`+actor+`}]}`)
}

// towardIdent names an actor by an identifier.
func towardIdent(system, value string) string {
	return `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"identifier":{"system":"` + system + `","value":"` + value + `"}}}]`
}

// teams has a hospital, and what belongs to what in it.
type teams struct {
	t    *testing.T
	door *Door
	op   *Session
}

func inTeams(t *testing.T, f func(t *testing.T, w teams, d *db.DB)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		f(t, teams{t, door, op}, d)
	})
}

func (w teams) sees(who access.Who) bool {
	w.t.Helper()
	switch got := ids(w.t, opened(w.t, w.door, who, access.Care), "Observation", "_total=accurate"); len(got) {
	case 0:
		return false
	case 2:
		return true
	default:
		w.t.Fatalf("they see %v", got)
	}
	return false
}

// wants says of a choice toward an actor what becomes of the nurse when it denies
// and when it permits: as one who is meant, who is perhaps, and who is not.
func (w teams) wants(actor, is string) {
	w.t.Helper()
	put(w.t, w.op, hides(actor))
	if seen := w.sees(nurse("sam")); seen != (is == "not") {
		w.t.Errorf("%s is %s meant: a no lets them see %v", actor, is, seen)
	}
	put(w.t, w.op, shows(actor))
	if seen := w.sees(nurse("sam")); seen != (is == "surely") {
		w.t.Errorf("%s is %s meant: a yes lets them see %v", actor, is, seen)
	}
}

// byNurse writes as the nurse, who must be let.
func (w teams) byNurse(src string) {
	w.t.Helper()
	put(w.t, opened(w.t, w.door, nurse("sam"), access.Care), src)
}

func org(id, above, ods string) string {
	src := `{"resourceType":"Organization","id":"` + id + `"`
	if above != "" {
		src += `,"partOf":{"reference":"Organization/` + above + `"}`
	}
	if ods != "" {
		src += `,"identifier":[{"system":"` + choice.IdentODS + `","value":"` + ods + `"}]`
	}
	return src + "}"
}

func careTeam(status, more string, members ...string) string {
	var list []string
	for _, m := range members {
		list = append(list, `{"member":{"reference":"`+m+`"}}`)
	}
	if len(list) > 0 {
		more += `,"participant":[` + strings.Join(list, ",") + `]`
	}
	return `{"resourceType":"CareTeam","id":"t","status":"` + status + `","subject":{"reference":"Patient/sam"}` + more + `}`
}

// A choice toward an organisation is one toward those inside of it, by reference
// and by ODS code, and toward no other.
func TestChoicesReachTheOrganisationsBelow(t *testing.T) {
	inTeams(t, func(t *testing.T, w teams, _ *db.DB) {
		put(t, w.op, org("region", "trust", "R1")) // a ring ends
		put(t, w.op, org("trust", "region", "T1"))
		put(t, w.op, org("other", "trust", "O1"))
		put(t, w.op, org("org-7", "trust", "G7"))
		for _, id := range []string{"org-7", "trust", "region"} {
			w.wants(toward("Organization/"+id), "surely")
		}
		for _, code := range []string{"G7", "T1", "R1"} {
			w.wants(towardIdent(choice.IdentODS, code), "surely")
		}
		w.wants(toward("Organization/other"), "not")
		w.wants(towardIdent(choice.IdentODS, "O1"), "not")
		w.wants(towardIdent(choice.IdentODS, "T2"), "not")
		put(t, w.op, org("org-7", "", "G7"))
		w.wants(toward("Organization/trust"), "not")
	})
}

// What lies above more organisations than are read is held against everybody.
func TestTooManyOrganisationsAreHeldAgainstThem(t *testing.T) {
	inTeams(t, func(t *testing.T, w teams, _ *db.DB) {
		above := ""
		for i := range 9 {
			put(t, w.op, org("o"+strconv.Itoa(i), above, ""))
			above = "o" + strconv.Itoa(i)
		}
		put(t, w.op, org("org-7", "o7", "")) // eight above it
		w.wants(toward("Organization/o0"), "surely")
		w.wants(toward("Organization/elsewhere"), "not")
		put(t, w.op, org("org-7", "o8", ""))
		w.wants(toward("Organization/elsewhere"), "perhaps")
	})
}

// A choice toward a team is one toward those who are in it now.
func TestChoicesReachTeams(t *testing.T) {
	inTeams(t, func(t *testing.T, w teams, _ *db.DB) {
		put(t, w.op, org("org-7", "trust", ""))
		put(t, w.op, org("trust", "", ""))
		put(t, w.op, `{"resourceType":"PractitionerRole","id":"job","practitioner":{"reference":"Practitioner/who"},"organization":{"reference":"Organization/org-7"}}`)
		put(t, w.op, `{"resourceType":"PractitionerRole","id":"afar","practitioner":{"reference":"Practitioner/who"},"organization":{"reference":"Organization/afar"}}`)
		put(t, w.op, `{"resourceType":"PractitionerRole","id":"was","active":false,"practitioner":{"reference":"Practitioner/who"}}`)
		put(t, w.op, `{"resourceType":"Group","id":"g","type":"practitioner","actual":true,"member":[{"entity":{"reference":"Practitioner/who"}}]}`)
		put(t, w.op, `{"resourceType":"Group","id":"left","type":"practitioner","actual":true,"member":[{"entity":{"reference":"Practitioner/who"},"inactive":true}]}`)
		for ref, is := range map[string]string{"PractitionerRole/job": "surely", "PractitionerRole/afar": "perhaps", "PractitionerRole/was": "not",
			"Group/g": "surely", "Group/left": "not", "Group/none": "not", "Practitioner/who": "surely"} {
			w.wants(toward(ref), is)
		}
		today, past := time.Now().UTC().Format("2006-01-02"), `,"period":{"start":"2020-01-01","end":"2020-02-01"}`
		for src, is := range map[string]string{
			careTeam("active", "", "Practitioner/who"):                                                 "surely",
			careTeam("active", "", "Practitioner/other", "Organization/org-7"):                         "surely",
			careTeam("active", "", "Organization/trust"):                                               "surely",
			careTeam("active", "", "PractitionerRole/job"):                                             "surely",
			careTeam("active", "", "PractitionerRole/afar"):                                            "perhaps",
			careTeam("active", "", "PractitionerRole/was"):                                             "not",
			careTeam("active", "", "Practitioner/other", "Organization/afar"):                          "not",
			careTeam("active", `,"period":{"start":"`+today+`"}`, "Practitioner/who"):                  "surely",
			careTeam("active", past, "Practitioner/who"):                                               "not",
			careTeam("inactive", "", "Practitioner/who"):                                               "not",
			careTeam("active", `,"participant":[{"member":{"reference":"Practitioner/who"}`+past+`}]`): "not",
			careTeam("active", ""):                                                                     "not",
		} {
			put(t, w.op, src)
			w.wants(toward("CareTeam/t"), is)
		}
	})
}

// Who is not known by name may be any member of a team.
func TestStaffWithoutANamePerhapsAreInATeam(t *testing.T) {
	inTeams(t, func(t *testing.T, w teams, _ *db.DB) {
		put(t, w.op, `{"resourceType":"Patient","id":"sam","managingOrganization":{"reference":"Organization/org-7"}}`)
		put(t, w.op, careTeam("active", "", "Practitioner/other"))
		who := nurse("sam")
		who.User = ""
		put(t, w.op, hides(toward("CareTeam/t")))
		if w.sees(who) {
			t.Error("a no to a team does not reach who may be in it")
		}
		put(t, w.op, shows(toward("CareTeam/t")))
		if w.sees(who) {
			t.Error("a yes to a team reaches who may not be in it")
		}
	})
}

// A team in the record of somebody else says nothing here, like one that is not
// there.
func TestATeamOfSomebodyElseIsNone(t *testing.T) {
	inTeams(t, func(t *testing.T, w teams, _ *db.DB) {
		put(t, w.op, `{"resourceType":"Patient","id":"bob"}`)
		put(t, w.op, strings.Replace(careTeam("active", "", "Practitioner/who"), "Patient/sam", "Patient/bob", 1))
		w.wants(toward("CareTeam/t"), "not")
	})
}

// Staff write care teams: they can neither get into one that may see more, nor
// out of one that may see less.
func TestAttack56NobodyGainsByWritingCareTeams(t *testing.T) {
	inTeams(t, func(t *testing.T, w teams, _ *db.DB) {
		const in, out = "Practitioner/who", "Practitioner/other"
		put(t, w.op, `{"resourceType":"Practitioner","id":"other"}`)
		made, err := opened(t, w.door, nurse("sam"), access.Care).Transact(ctx, []Op{{Method: Post, Key: Key{Type: "CareTeam"}, Body: tree(t, careTeam("active", "", in))}})
		if err != nil {
			t.Fatal(err)
		}
		w.wants(toward(made[0].Resource.Key.String()), "perhaps")
		put(t, w.op, careTeam("active", "", out))
		w.wants(toward("CareTeam/t"), "not")
		w.byNurse(careTeam("active", "", out, in))
		w.wants(toward("CareTeam/t"), "perhaps")
		put(t, w.op, careTeam("active", "", in, out))
		w.wants(toward("CareTeam/t"), "surely")
		w.byNurse(careTeam("active", `,"name":"Ours"`, in, out)) // who stays in it is still in it
		w.wants(toward("CareTeam/t"), "surely")
		for _, src := range []string{careTeam("active", "", out), careTeam("inactive", "", in), careTeam("active", `,"period":{"end":"2020-01-01"}`, in), careTeam("active", "", in)} {
			w.byNurse(src)
			w.wants(toward("CareTeam/t"), "perhaps") // and who was taken out and put back is not
		}
		put(t, w.op, careTeam("active", "", out))
		w.wants(toward("CareTeam/t"), "not")
		for i := range 60 { // more than are read
			w.byNurse(careTeam("active", `,"name":"`+strconv.Itoa(i)+`"`, out))
		}
		w.wants(toward("CareTeam/t"), "perhaps")
	})
}

// Of what only those who run the service and programs write, staff write nothing,
// and what was written before anybody kept whose word it is counts against them.
func testAttack56(t *testing.T, ref, in, out string) {
	inTeams(t, func(t *testing.T, w teams, d *db.DB) {
		put(t, w.op, out)
		w.wants(toward(ref), "not")
		b := tree(t, in)
		typ, id, _ := strings.Cut(ref, "/")
		if typ == "Organization" {
			id = b.Root().Get("id").Str()
		}
		who := nurse("sam")
		for _, m := range []Method{Put, Delete} {
			_, err := opened(t, w.door, who, access.Care).Transact(ctx, []Op{{Method: m, Key: Key{typ, id}, Body: b}})
			wantKind(t, err, problem.Forbidden)
		}
		w.wants(toward(ref), "not")
		put(t, program(t, w.door, "system/*.cruds", access.Operations), in)
		w.wants(toward(ref), "surely")
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(fmt.Sprintf("UPDATE res SET mask = mask & ~CAST(%d AS BIGINT)", int64(3)<<56))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.wants(toward(ref), "perhaps")
	})
}

func TestAttack56NobodyGainsByWritingGroups(t *testing.T) {
	src := func(member string) string {
		return `{"resourceType":"Group","id":"g","type":"practitioner","actual":true,"member":[{"entity":{"reference":"` + member + `"}}]}`
	}
	testAttack56(t, "Group/g", src("Practitioner/who"), src("Practitioner/other"))
}

func TestAttack56NobodyGainsByWritingPractitionerRoles(t *testing.T) {
	src := func(who string) string {
		return `{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"` + who + `"},"organization":{"reference":"Organization/org-7"}}`
	}
	testAttack56(t, "PractitionerRole/r", src("Practitioner/who"), src("Practitioner/other"))
}

func TestAttack56NobodyGainsByWritingOrganizations(t *testing.T) {
	testAttack56(t, "Organization/trust", org("org-7", "trust", ""), org("org-7", "other", ""))
}

// A program that works for an organisation gains nothing by what programs wrote.
func TestAttack56NoProgramGainsByWritingOrganizations(t *testing.T) {
	inTeams(t, func(t *testing.T, w teams, _ *db.DB) {
		who := access.Who{Actor: "client:lab", Kind: access.Client, Role: access.RoleProgram, App: "lab", Grant: "g", Organisation: "org-7", Bound: access.AllTypes(access.AllVerbs)}
		sees := func() bool {
			return len(ids(t, opened(t, w.door, who, access.Operations), "Observation", "_total=accurate")) > 0
		}
		put(t, w.op, shows(toward("Organization/trust")))
		put(t, opened(t, w.door, who, access.Operations), org("org-7", "trust", ""))
		if sees() {
			t.Error("it let itself in")
		}
		put(t, w.op, org("org-7", "trust", ""))
		if !sees() {
			t.Error("a yes does not reach it")
		}
		put(t, w.op, hides(toward("Organization/trust")))
		put(t, opened(t, w.door, who, access.Operations), org("org-7", "", ""))
		if sees() {
			t.Error("it left an organisation that sees nothing")
		}
		put(t, w.op, hides(toward("CareTeam/t")))
		if sees() {
			t.Error("a no to a team, which is not asked about many people, lets it see")
		}
	})
}
