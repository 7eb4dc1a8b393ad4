package record

import (
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
)

// Each kind of tie opens the record to those whom it names, and goes with the
// resource that it is.
func TestEachKindOfTieOpensARecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		put(t, op, `{"resourceType":"Organization","id":"org-9"}`)
		put(t, op, `{"resourceType":"Practitioner","id":"other"}`)
		put(t, op, `{"resourceType":"Patient","id":"sam"}`)
		who := nurse("sam")
		who.User, who.Organisation = "Practitioner/other", "org-9"
		open := func() error { _, err := door.Open(ctx, who, About{}, access.Care); return err }
		const org, doc, sam = `{"reference":"Organization/org-9"}`, `{"reference":"Practitioner/other"}`, `{"reference":"Patient/sam"}`
		for _, src := range []string{
			`{"resourceType":"EpisodeOfCare","id":"t","status":"active","patient":` + sam + `,"managingOrganization":` + org + `}`,
			`{"resourceType":"EpisodeOfCare","id":"t","status":"active","patient":` + sam + `,"careManager":` + doc + `}`,
			`{"resourceType":"Encounter","id":"t","status":"in-progress","class":{"code":"AMB"},"subject":` + sam + `,"serviceProvider":` + org + `}`,
			`{"resourceType":"Encounter","id":"t","status":"in-progress","class":{"code":"AMB"},"subject":` + sam + `,"participant":[{"individual":` + doc + `}]}`,
			`{"resourceType":"ServiceRequest","id":"t","status":"active","intent":"order","subject":` + sam + `,"performer":[` + org + `]}`,
			`{"resourceType":"CareTeam","id":"t","status":"active","subject":` + sam + `,"participant":[{"member":` + doc + `}]}`,
			`{"resourceType":"Appointment","id":"t","status":"booked","participant":[{"actor":` + sam + `,"status":"accepted"},{"actor":` + doc + `,"status":"accepted"}]}`,
		} {
			wantKind(t, open(), problem.Forbidden)
			put(t, op, src)
			if err := open(); err != nil {
				t.Errorf("%s opens nothing: %v", src, err)
			}
			typ, _, _ := strings.Cut(strings.TrimPrefix(src, `{"resourceType":"`), `"`)
			if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{typ, "t"}}}); err != nil {
				t.Fatal(err)
			}
		}
		put(t, op, `{"resourceType":"Patient","id":"sam","managingOrganization":`+org+`}`)
		if err := open(); err != nil {
			t.Errorf("a registration opens nothing: %v", err)
		}
	})
}

// A registration is found behind any number of visits that are over.
func TestATieIsFoundBehindManyOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		const org, sam = `{"reference":"Organization/org-9"}`, `{"reference":"Patient/sam"}`
		put(t, op, `{"resourceType":"Patient","id":"sam"}`)
		put(t, op, `{"resourceType":"CareTeam","id":"t","status":"active","subject":`+sam+`,"participant":[{"member":`+org+`}]}`)
		var ops []Op
		for i := range 250 {
			b := tree(t, `{"resourceType":"Encounter","id":"e`+strconv.Itoa(i)+`","status":"finished","class":{"code":"AMB"},"subject":`+sam+`,"serviceProvider":`+org+`,"period":{"start":"2019-01-01","end":"2019-01-02"}}`)
			ops = append(ops, Op{Method: Put, Key: Key{"Encounter", "e" + strconv.Itoa(i)}, Body: b})
		}
		if _, err := op.Transact(ctx, ops); err != nil {
			t.Fatal(err)
		}
		who := nurse("sam")
		who.User, who.Organisation = "Practitioner/other", "org-9"
		opened(t, door, who, access.Care)
		put(t, op, `{"resourceType":"CareTeam","id":"t","status":"inactive","subject":`+sam+`,"participant":[{"member":`+org+`}]}`)
		_, err := door.Open(ctx, who, About{}, access.Care)
		wantKind(t, err, problem.Forbidden)
		put(t, op, `{"resourceType":"Patient","id":"sam","managingOrganization":`+org+`}`)
		opened(t, door, who, access.Care)
	})
}

// Every tie of the policy goes by parameters that there are.
func TestTiesGoByParametersThatThereAre(t *testing.T) {
	if err := policy.Default().Fit(search.Base()); err != nil {
		t.Error(err)
	}
	for _, code := range []string{"team", "date", ""} {
		p := policy.Policy{Ties: []policy.Tie{{Type: "EpisodeOfCare", Params: []string{"organization", code}}}}
		if problem.KindOf(p.Fit(search.Base())) != problem.Invalid {
			t.Errorf("a tie by %q is taken", code)
		}
	}
}
