package portal

import (
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

const historyAt = "/history"

// history shows who did what to organisations, staff and clients.
func history(v *visit) error {
	before, err := strconv.ParseInt(v.after(), 10, 64)
	if err != nil {
		before = 0 // from the newest on
	}
	all, err := v.p.cfg.Staff.History(v.r.Context(), before, perPage+1)
	if err != nil {
		return err
	}
	w := v.p.words.History
	t := table{Caption: w.Caption, None: w.None, Heads: []string{w.When, w.Who, w.What, w.About, w.Reason}}
	shown, more := page(all)
	for _, d := range shown {
		who := d.ByName
		if console, is := strings.CutPrefix(d.Actor, "console:"); is {
			who = w.Console + " " + console
		}
		t.Rows = append(t.Rows, []cell{text(v.when(d.At)), text(who), text(whatName(w, d.What)), text(d.Name), text(d.Reason)})
	}
	if more {
		t.More = v.more(strconv.FormatInt(shown[len(shown)-1].Seq, 10))
	}
	return v.showSheet(&sheet{title: w.Title, text: []string{w.Text}, links: []link{{v.p.words.Staff.Title, staffAt}}, tables: []table{t}})
}

// whatName is what was done, in words.
func whatName(w words.History, what staff.What) string {
	return map[staff.What]string{
		staff.OrganisationAdded: w.OrganisationAdded, staff.SiteAdded: w.SiteAdded, staff.TeamAdded: w.TeamAdded,
		staff.OrganisationClosed: w.OrganisationClosed, staff.TeamClosed: w.TeamClosed, staff.PlaceGiven: w.PlaceGiven, staff.PlaceEnded: w.PlaceEnded,
		staff.InvitationMade: w.InvitationMade, staff.InvitationUsed: w.InvitationUsed, staff.InvitationWithdrawn: w.InvitationWithdrawn,
		staff.ClientAdded: w.ClientAdded, staff.ClientRotated: w.ClientRotated, staff.ClientRevoked: w.ClientRevoked,
		staff.ClientInvited: w.ClientInvited,
	}[what]
}
