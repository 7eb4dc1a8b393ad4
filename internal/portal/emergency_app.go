package portal

import (
	"net/http"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// emergencyApp offers to open an app about the one person of an emergency. What
// the app is given ends with the emergency.
func emergencyApp(v *visit) error { return v.emergencyAppPage(http.StatusOK, false) }

func (v *visit) emergencyAppPage(status int, problem bool) error {
	m, err := v.p.cfg.Emergencies.Use(v.r.Context(), v.acts(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	w := v.p.words.Acting
	return v.launchPage(status, w.CrisisTitle, launchBody{Text: []string{w.CrisisText, w.CrisisNote + " " + v.when(m.Ends) + "."},
		Action: emergencyAt + "/" + m.ID + "/app", Problem: problem})
}

// emergencyAppFinish opens it. The emergency is asked for again when the app
// comes back, and at each use of its token.
func emergencyAppFinish(v *visit) error {
	m, err := v.p.cfg.Emergencies.Use(v.r.Context(), v.acts(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.typed("app") == "" {
		return v.emergencyAppPage(http.StatusUnprocessableEntity, true)
	}
	s, err := v.carer()
	if err != nil {
		return err
	}
	return v.launch(client.Context{Patient: m.Patient, User: s.user, Role: access.RoleProfessional, Organisation: s.work.Organisation.ID, Member: s.work.Member,
		Hat: string(s.work.Role), Mandate: m.Mandate()})
}
