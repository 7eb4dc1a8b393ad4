package portal

import (
	"net/url"

	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// aboutAppsForOthers is what people meet who let an app in for somebody, and
// whom it is about.
func (a *album) aboutAppsForOthers(s *site, ann *person, d mandate.Mandate) {
	cl := s.app("Jab Diary", actsForOthers)
	path := s.asks(cl, "launch/patient offline_access patient/Immunization.rs "+client.ActForOthers)
	ann.get(path)
	a.add("GET /authorize/{id}/for", "asks", ann.get(path+"/for"))
	a.add("POST /authorize/{id}/for", "nobody chosen", ann.send(path+"/for"))
	a.add("POST /authorize/{id}/for", "go on", ann.send(path+"/for", "for", d.ID))
	page := ann.get(path)
	a.add("GET /authorize/{id}", "for a child", page)
	g, _ := ann.allow(path, page).redeemed(cl)
	a.add("GET /account/apps", "for a child", ann.get(appsAt))
	a.add("GET /account/apps/{id}", "for a child", ann.get(appsAt+"/"+g.ID))
	sam := s.join("Sam Hill")
	a.must(s.cfg.Accounts.SetRecord(a.t.Context(), sam.account(), "Patient/famsam"))
	a.add("GET /account/apps", "others let in", sam.get(appsAt))
	a.add("POST /account/apps/others/{id}/end", "not there", sam.send(appsAt+"/others/nothing/end"))
	sam.send(appsAt + "/others/" + g.ID + "/end").to(appsAt)
	a.must(s.cfg.Accounts.SetRecord(a.t.Context(), sam.account(), ""))
}

// aboutEmergencyApps is what staff meet who open an app in an emergency.
func (a *album) aboutEmergencyApps(s *site, ada *person, at string) {
	a.add("GET /staff/emergency/{id}/app", "no apps", ada.get(at+"/app"))
	cl := s.app("Heart App")
	a.add("GET /staff/emergency/{id}/app", "asks", ada.get(at+"/app"))
	a.add("POST /staff/emergency/{id}/app", "nothing chosen", ada.send(at+"/app"))
	opened, err := url.Parse(ada.send(at+"/app", "app", cl.ID).Header().Get("Location"))
	a.must(err)
	a.add("GET /authorize/{id}", "in an emergency", ada.get(s.asks(cl, "launch patient/*.rs", func(k *client.Ask) { k.Launch = opened.Query().Get("launch") })))
}
