package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/exchange/quality"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// journeyHouses are what is so before a journey, by the words of its "given".
var journeyHouses = map[string]func(pl *play){
	"":               func(pl *play) { pl.everyday(); pl.comes("Ann", nil) },
	"a new server":   func(pl *play) { pl.comes("Olu", nil); pl.kept["set-up code"] = pl.code() },
	"Ann has a code": func(pl *play) { pl.kept["recovery code"] = pl.ann().codes()[0] },
	"Ann has a record": func(pl *play) {
		pl.ann()
	},
	"Ann has results": func(pl *play) {
		pl.ann()
		pl.tested("ann")
		pl.hardResult("ann")
	},
	"an app asks Ann": func(pl *play) {
		pl.ann()
		app, cl := pl.theApp()
		pl.elsewhere = append(pl.elsewhere, app.URL)
		pl.kept["the request"] = pl.asks(cl, "openid launch/patient patient/Observation.rs patient/Condition.rs")
		pl.kept["the same request"] = pl.asks(cl, "openid launch/patient patient/Observation.rs")
	},
	"staff looked at Ann's record": func(pl *play) {
		op := pl.everyday()
		pl.patient("Zed", "zed")
		pl.comes("Ann", pl.linked("Ann Hill", "ann"))
		org, _ := pl.mischief(op, "ann")
		pl.comes("Rue", pl.auditor(op, org, "Rue Dale"))
		pl.proves()
	},
	"Ann has a son of five and a daughter of twelve": func(pl *play) {
		ann := pl.ann()
		pl.child("Sam Hill", "sam", "2021-05-04", numberSam)
		ann.parentOf("sam")
		pl.child("Kim Hill", "kim", "2014-05-01", "9990007071")
		ann.parentOf("kim")
	},
	"Ann has a baby who was born early, and Ada looks after her": func(pl *play) {
		op := pl.everyday()
		org := op.hospital("RXH")
		pl.surgeries = append(pl.surgeries, org)
		pl.comes("Ann", pl.grower("mia", numberSam))
		pl.comes("Ada", pl.rescuer(op, org, "Bea Watts"))
	},
	"Ann has a boy who missed vaccinations, and Ada is a school nurse": func(pl *play) {
		op := pl.everyday()
		org := op.hospital("RXH")
		pl.surgeries = append(pl.surgeries, org)
		ann := pl.comes("Ann", pl.proven("Ann Hill", "ann", numberAnn))
		pl.jabbed("sam")
		ann.parentOf("sam")
		pl.put(`{"resourceType":"Patient","id":"tam","name":[{"given":["Tam"],"family":"Reed"}],"gender":"male","birthDate":"2012-10-10","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990007071"}],"generalPractitioner":[{"reference":"Organization/` + org + `"}]}`)
		pl.comes("Ada", pl.rescuer(op, org, "Bea Watts"))
	},
	"Ann and Bob have proven who they are": func(pl *play) {
		pl.everyday()
		pl.comes("Ann", pl.proven("Ann Hill", "ann2", numberAnn))
		pl.comes("Bob", pl.proven("Bob Dale", "", ""))
	},
	"Eve has a power of attorney for Joan": func(pl *play) {
		pl.everyday()
		eve := pl.comes("Eve", pl.proven("Eve Dale", "eve", numberAnn))
		pl.child("Joan Dale", "joan", "1941-05-04", "9990007071")
		eve.must(pl.cfg.Mandates.Decide(pl.t.Context(), surgery, "joan", false, pl.clock.now().Add(180*24*time.Hour), "She can not keep what she is told."))
		_, err := pl.cfg.Mandates.GiveAsStaff(pl.t.Context(), surgery, mandate.Grant{Patient: "joan", Account: eve.account(), Name: "Eve Dale", Kind: mandate.KindAttorney, Basis: mandate.Attorney,
			May: mandate.Look | mandate.Ask | mandate.Manage, Evidence: []string{"LPA"}})
		eve.must(err)
		pl.private("joan")
	},
	"Sam is fourteen and decides": func(pl *play) {
		pl.everyday()
		mum := pl.comes("Mum", pl.proven("Mum Hill", "mum", numberAnn))
		sam := pl.comes("Sam", pl.site.join("Sam"))
		sam.must(pl.cfg.Accounts.SetProof(pl.t.Context(), sam.account(), account.P9))
		sam.must(pl.cfg.Accounts.SetRecord(pl.t.Context(), sam.account(), "Patient/sam"))
		pl.child("Sam Hill", "sam", "2012-05-01", numberSam)
		sam.must(pl.cfg.Mandates.Decide(pl.t.Context(), surgery, "sam", true, time.Time{}, "We talked, and Sam understands it."))
		acc, err := pl.cfg.Accounts.Get(pl.t.Context(), mum.account())
		mum.must(err)
		_, err = pl.cfg.Mandates.GiveAsStaff(pl.t.Context(), surgery, mandate.Grant{Patient: "sam", Account: acc.ID, Name: acc.Name, Kind: mandate.KindParent, Basis: mandate.Consented, May: mandate.Look | mandate.Ask})
		mum.must(err)
	},
	"Ada looks after Kit": func(pl *play) {
		op := pl.everyday()
		org := op.hospital("RXH")
		pl.kit()
		pl.cared(org)
		pl.private("kit")
		pl.comes("Ada", pl.rescuer(op, org, "Dr Ada Obi"))
		pl.comes("Rue", pl.auditor(op, org, "Rue Dale"))
	},
	"Bo is one year old": func(pl *play) {
		op := pl.everyday()
		org := op.hospital("RXH")
		pl.kit()
		pl.bo("bo", numberBo, org)
		pat := pl.comes("Pat", pl.proven("Pat Reed", "pat", numberPat))
		pat.parentOf("bo")
		pl.comes("Ada", pl.rescuer(op, org, "Dr Ada Obi"))
	},
	"Kit was never seen here": func(pl *play) {
		op := pl.everyday()
		org := op.hospital("RXH")
		pl.kit()
		pl.comes("Ada", pl.rescuer(op, org, "Dr Ada Obi"))
		pl.comes("Rue", pl.auditor(op, org, "Rue Dale"))
	},
	"Olu runs the service": func(pl *play) {
		op := pl.everyday()
		op.hospital("RXH")
		pl.kit()
		pl.proves()
		pl.comes("Kit", nil)
	},
	"Olu has set it up": func(pl *play) { pl.everyday() },
}

// everyday is a house with an operator, and somebody whom nobody on the journey
// may see.
func (pl *play) everyday() *person {
	op := pl.setUp()
	op.workAs(staff.Operator)
	pl.canary()
	return pl.comes("Olu", op)
}

// ann is somebody whose record is theirs, with something of each kind.
func (pl *play) ann() *person {
	pl.everyday()
	p := pl.comes("Ann", pl.linked("Ann Hill", "ann"))
	pl.filled("ann")
	return p
}

// private plants an entry in a record that is hidden from everybody but the
// person, and that nobody on the journey may see.
func (pl *play) private(patient string) {
	const text = "Marigold secret"
	pl.never = append(pl.never[:len(pl.never):len(pl.never)], text)
	pl.put(`{"resourceType":"Condition","id":"`+patient+`hidden","code":{"text":"`+text+`"},"recordedDate":"2026-05-01","subject":{"reference":"Patient/`+patient+`"}}`,
		`{"resourceType":"Consent","id":"`+patient+`no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/`+patient+`"},"dateTime":"2026-05-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"Condition/`+patient+`hidden"}}]}}`)
}

// deeds are what happens beside what people do.
var deeds = map[string]func(pl *play, args []string){
	`"" pass`: func(pl *play, args []string) {
		d, err := time.ParseDuration(args[0])
		if err != nil {
			pl.t.Fatal(err)
		}
		pl.clock.move(d)
	},
	"the counting is done": func(pl *play, _ []string) { pl.works(quality.CountKind) },
	"the copy is made":     func(pl *play, _ []string) { pl.works("takeaway") },
	"the log is witnessed": func(pl *play, _ []string) { pl.cfg.Witnesses = []string{pl.watched()} },
}
