package portal

import (
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/portal/atoz"
	"github.com/bevanhealth/bevan/internal/problem"
)

// route is a page, or what one of its forms does.
type route struct {
	pattern string // as http.ServeMux reads it
	do      func(*visit) error
}

// setupRoutes are all there is while nobody is the operator.
var setupRoutes = []route{
	{"/", setup},
	{"POST /set-up", setupCode},
	{"GET /set-up/you", setupYou},
	{"POST /set-up/you", setupFinish},
	{"POST /set-up/you/begin", setupBegin},
}

// folderRoutes are the pages of a record, for each who may open it.
var folderRoutes = append(recordPages(
	recordPage{"/summary", withSources(summary)},
	recordPage{"/timeline", withSources(timeline)},
	recordPage{"/all", allKinds},
	recordPage{"/{type}", withSources(oneKind)},
	recordPage{"/{type}/{id}", oneEntry},
	recordPage{"/{type}/{id}/file/{n}", entryFile},
), slices.Concat([]route{
	{"GET " + recordAt, ofSelf(withSources(summary))}, {"GET " + familyRecordAt, ofFamily(withSources(summary))},
	{"GET " + recordAt + "/add", ofSelf(adding(whatToAdd))}, {"GET " + familyRecordAt + "/add", ofFamily(adding(whatToAdd))},
}, addPages("/add/note", addNote, addNoteFinish), addPages("/add/reading", addReading, addReadingFinish), addPages("/add/file", addFile, addFileFinish))...)

// routes are all pages, grouped by who may see them.
var routes = slices.Concat(folderRoutes, growthRoutes, bookRoutes, handoverRoutes, vaccinationRoutes, ipsRoutes, cardRoutes, linkRoutes, resultRoutes, clinicRoutes, recallRoutes, exampleRoutes, sourceRoutes, messageRoutes, []route{
	// Everybody.
	{"GET /{$}", front},
	{"GET " + filesAt + "{name}", sendFile},
	// What somebody reads about is asked of no account, and is not kept.
	{"GET " + atoz.At, healthAToZ},
	{"GET " + atoz.At + "/{id}", healthPage},
	{"POST " + languageAt, chooseLanguage},
	{"GET /sign-in", signIn},
	{"POST /sign-in", signInFinish},
	{"POST /sign-in/begin", signInBegin},
	{"GET /sign-in/recovery", signInByCode},
	{"POST /sign-in/recovery", signInByCodeFinish},
	{"GET /sign-in/app", signInByApp},
	{"POST /sign-in/app", signInByAppFinish},
	{"GET /sign-in/with/{id}", signInWith},
	{"POST /sign-in/with/{id}", signInWithGo},
	{"GET /upstream/{id}/return", comeBack},
	{"GET /signed-out", signedOut},
	{"GET /sign-out", leave},
	{"POST /sign-out", signOut},
	{"GET /account/new", create},
	{"POST /account/new", createFinish},
	{"POST /account/new/begin", createBegin},
	{"GET /join", join},
	{"POST /join", joinCode},
	{"GET /join/you", joinYou},
	{"POST /join/you", joinFinish},
	{"POST /join/you/begin", joinBegin},
	{"GET /authorize/{id}", consent},
	{"POST /authorize/{id}", consentAllow},
	{"POST /authorize/{id}/deny", consentDeny},
	{"POST /authorize/{id}/account", choosePersonFinish},
	{"GET /authorize/{id}/for", askForWhom},
	{"POST /authorize/{id}/for", chooseForWhom},
	{"GET /authorize/{id}/patient", askPatient},
	{"POST /authorize/{id}/patient", findPatient},
	{"POST /authorize/{id}/patient/choose", choosePatient},
	{"GET /authorize/{id}/encounter", askEncounter},
	{"POST /authorize/{id}/encounter", chooseEncounter},
	{"GET " + deviceAt, typeCode},
	{"POST " + deviceAt, typeCodeFinish},
	{"GET " + deviceAt + "/{id}", checkDevice},
	{"GET " + deviceDoneAt, deviceDone},
	{"/set-up/", setUpAlready},
	{"/", nothing},

	// Whoever is signed in.
	{"GET /set-up/done", member(setupDone)},
	{"GET /check", member(check)},
	{"POST /check", member(checkFinish)},
	{"POST /check/begin", member(checkBegin)},
	{"GET /account", member(overview)},
	{"GET /account/passkeys", member(passkeys)},
	{"GET /account/passkeys/add", member(addPasskey)},
	{"POST /account/passkeys/add", member(addPasskeyFinish)},
	{"POST /account/passkeys/add/begin", member(addPasskeyBegin)},
	{"GET /account/passkeys/{id}/rename", member(renamePasskey)},
	{"POST /account/passkeys/{id}/rename", member(renamePasskeyFinish)},
	{"GET /account/passkeys/{id}/remove", member(removePasskey)},
	{"POST /account/passkeys/{id}/remove", member(removePasskeyFinish)},
	{"GET /account/sessions", member(sessions)},
	{"POST /account/sessions/{id}/end", member(endSession)},
	{"POST /account/sessions/end-others", member(endOthers)},
	{"GET /account/codes", member(codes)},
	{"GET /account/codes/new", member(newCodes)},
	{"POST /account/codes/new", member(showCodes)},
	{"GET /account/app", member(app)},
	{"GET /account/app/new", member(newApp)},
	{"POST /account/app/new", member(showApp)},
	{"POST /account/app/confirm", member(confirmApp)},
	{"GET /account/app/remove", member(removeApp)},
	{"POST /account/app/remove", member(removeAppFinish)},
	{"GET /account/addresses", member(addresses)},
	{"GET /account/addresses/add", member(addAddress)},
	{"POST /account/addresses/add", member(addAddressFinish)},
	{"GET /account/addresses/{id}/confirm", member(confirmAddress)},
	{"POST /account/addresses/{id}/confirm", member(confirmAddressFinish)},
	{"GET /account/addresses/{id}/remove", member(removeAddress)},
	{"POST /account/addresses/{id}/remove", member(removeAddressFinish)},
	{"GET /account/apps", member(apps)},
	{"GET /account/apps/{id}", member(oneApp)},
	{"POST /account/apps/{id}/until", member(moveApp)},
	{"POST /account/apps/{id}/end", member(endApp)},
	{"POST /account/apps/others/{id}/end", member(endOthersApp)},
	{"POST /account/apps/end-all", member(endApps)},
	{"GET /account/apps/open", member(openApp)},
	{"POST /account/apps/open", member(openAppFinish)},
	{"GET /account/proof", member(whoYouAre)},
	{"GET /account/proof/details", member(details)},
	{"POST /account/proof/details", member(reviewDetails)},
	{"POST /account/proof/details/send", member(sendDetails)},
	{"GET /account/proof/code", member(linkingCode)},
	{"POST /account/proof/code", member(linkingCodeFinish)},
	{"GET /account/proof/with/{id}", member(proveWith)},
	{"POST /account/proof/with/{id}", member(proveWithGo)},
	{"GET /account/proof/part", member(unlink)},
	{"POST /account/proof/part", member(partFinish)},
	{"GET /account/recovery", member(recovery)},
	{"POST /account/recovery", member(stopRecovery)},
	{"GET " + lookedAt, ownRecord(whoLooked)},
	{"GET " + lookedAt + "/download", ownRecord(takeLooks)},
	{"POST " + lookedAt + "/download", ownRecord(takeLooksFinish)},
	{"GET " + receiptAt, ownRecord(receiptPage)},
	{"GET " + receiptAt + "/file", ownRecord(receiptFile)},
	{"GET " + lookedAt + "/{id}", ownRecord(oneLook)},
	{"GET " + lookedAt + "/{id}/receipt", ownRecord(receiptPage)},
	{"GET " + lookedAt + "/{id}/ask", ownRecord(askAboutLook)},
	{"POST " + lookedAt + "/{id}/ask", ownRecord(askAboutLookFinish)},
	{"GET " + enquiriesAt, ownRecord(enquiries)},
	{"GET " + enquiriesAt + "/{id}", ownRecord(oneEnquiry)},
	{"POST " + enquiriesAt + "/{id}/close", ownRecord(closeEnquiry)},
	{"GET /join/link", member(joinLink)},
	{"POST /join/link", member(joinLinkFinish)},
	{"GET /staff", member(work)},
	{"POST /staff", member(workIn)},
	{"POST /staff/leave", member(stopWork)},

	// Who acts for somebody, and who lets somebody act for them.
	{"GET " + familyAt, member(family)},
	{"POST /family/act", member(familyAct)},
	{"POST /family/stop", member(familyStop)},
	{"GET /family/copy", member(familyCopy)},
	{"POST /family/copy", member(familyCopyMake)},
	{"GET /family/copy/{id}", member(familyCopyFetch)},
	{"GET /family/invite", member(familyInvite)},
	{"POST /family/invite", member(familyInviteFinish)},
	{"GET /family/code", member(familyCode)},
	{"POST /family/code", member(familyCodeFinish)},
	{"POST /family/offers/{id}/withdraw", member(familyWithdraw)},
	{"POST /family/pause", member(familyPause)},
	{"GET /family/resume", member(familyResume)},
	{"POST /family/resume", member(familyResumeFinish)},
	{"GET /family/given/{id}", member(familyGiven)},
	{"GET /family/given/{id}/end", member(familyEnd)},
	{"POST /family/given/{id}/end", member(familyEndFinish)},
	{"GET /family/held/{id}/leave", member(familyLeave)},
	{"POST /family/held/{id}/leave", member(familyLeaveFinish)},

	// Who looks after rights to act for somebody, at work.
	{"GET " + staffFamilyAt, looksAfter(staffFamily)},
	{"POST /staff/family", looksAfter(staffFamilyFind)},
	{"GET /staff/family/{id}", looksAfter(staffFamilyPerson)},
	{"GET /staff/family/{id}/give", looksAfter(staffFamilyGive)},
	{"POST /staff/family/{id}/give", looksAfter(staffFamilyGiveFinish)},
	{"GET /staff/family/{id}/decide", looksAfter(staffFamilyDecide)},
	{"POST /staff/family/{id}/decide", looksAfter(staffFamilyDecideFinish)},
	{"GET /staff/rights/{id}", looksAfter(staffRight)},
	{"GET /staff/rights/{id}/stop", looksAfter(staffRightStop)},
	{"POST /staff/rights/{id}/stop", looksAfter(staffRightStopFinish)},
	{"GET /staff/rights/{id}/back", looksAfter(staffRightBack)},
	{"POST /staff/rights/{id}/back", looksAfter(staffRightBackFinish)},
	{"GET /staff/rights/{id}/end", looksAfter(staffRightEnd)},
	{"POST /staff/rights/{id}/end", looksAfter(staffRightEndFinish)},
	// Whoever is signed in, with their own record.
	{"GET /record/{type}/{id}/wrong", member(wrong)},
	{"POST /record/{type}/{id}/wrong", member(wrongFinish)},
	{"GET " + seenAsAt, member(seenAs)},
	{"GET /record/{type}/{id}/who", member(whoSees)},
	{"GET /record/corrections", member(corrections)},
	{"GET /record/corrections/{id}", member(oneCorrection)},
	{"POST /record/corrections/{id}/withdraw", member(withdrawCorrection)},
	{"POST /record/corrections/{id}/disagree", member(disagree)},
	{"GET /record/download", member(download)},
	{"POST /record/download", member(downloadMake)},
	{"GET /record/download/{id}", member(downloadFetch)},
	{"GET /record/erase", member(eraseRecord)},
	{"POST /record/erase", member(eraseRecordFinish)},
	{"POST /record/erase/withdraw", member(eraseWithdraw)},

	// Who answers what people say is wrong, at work.
	{"GET /staff/corrections", correct(toCorrect)},
	{"GET /staff/corrections/{id}", correct(toCorrectOne)},
	{"POST /staff/corrections/{id}", correct(toCorrectFinish)},
	{"POST /staff/corrections/{id}/seen", correct(toCorrectSeen)},

	// Who checks documents, and who links records, at work.
	{"GET /staff/desk", desk(atDesk)},
	{"POST /staff/desk", desk(deskFound)},
	{"POST /staff/desk/papers", desk(deskPapers)},
	{"POST /staff/desk/code", desk(deskCode)},
	{"GET /staff/questions", decide(questions)},
	{"GET /staff/questions/{id}", decide(oneQuestion)},
	{"POST /staff/questions/{id}", decide(answerQuestion)},
	{"GET /staff/links", decide(links)},
	{"GET /staff/links/{id}", decide(oneLink)},
	{"POST /staff/links/{id}", decide(undoLink)},

	// Operators and auditors at work.
	{"GET /history", atWork(staff.History, history)},
	{"GET " + staffEnquiriesAt, atWork(staff.History, staffEnquiries)},
	{"GET " + staffEnquiriesAt + "/{id}", atWork(staff.History, staffEnquiry)},
	{"POST " + staffEnquiriesAt + "/{id}", atWork(staff.History, answerEnquiry)},

	// Operators at work.
	{"GET /operator", operate(operator)},
	{"GET /operator/organisations", operate(organisations)},
	{"GET /operator/organisations/add", operate(addOrganisation)},
	{"POST /operator/organisations/add", operate(addOrganisationFinish)},
	{"GET /operator/organisations/{id}", operate(organisation)},
	{"GET /operator/organisations/{id}/add-site", operate(addSite)},
	{"POST /operator/organisations/{id}/add-site", operate(addSiteFinish)},
	{"GET /operator/organisations/{id}/add-team", operate(addTeam)},
	{"POST /operator/organisations/{id}/add-team", operate(addTeamFinish)},
	{"GET /operator/organisations/{id}/close", operateFresh(closeOrganisation)},
	{"POST /operator/organisations/{id}/close", operateFresh(closeOrganisationFinish)},
	{"GET /operator/organisations/{id}/teams/{team}/close", operateFresh(closeTeam)},
	{"POST /operator/organisations/{id}/teams/{team}/close", operateFresh(closeTeamFinish)},
	{"GET /operator/organisations/{id}/staff", operate(members)},
	{"GET /operator/organisations/{id}/invite", operateFresh(invite)},
	{"POST /operator/organisations/{id}/invite", operateFresh(inviteFinish)},
	{"GET /operator/invitations/{id}/withdraw", operateFresh(withdraw)},
	{"POST /operator/invitations/{id}/withdraw", operateFresh(withdrawFinish)},
	{"GET /operator/places/{id}", operate(place)},
	{"GET /operator/places/{id}/end", operateFresh(endPlace)},
	{"POST /operator/places/{id}/end", operateFresh(endPlaceFinish)},
	{"GET /operator/places/{id}/another", operateFresh(another)},
	{"POST /operator/places/{id}/another", operateFresh(anotherFinish)},
	{"GET /operator/clients", operate(clients)},
	{"GET /operator/clients/add", operateFresh(addClient)},
	{"POST /operator/clients/add", operateFresh(addClientFinish)},
	{"GET /operator/clients/{id}", operate(oneClient)},
	{"GET /operator/clients/{id}/revoke", operateFresh(revokeClient)},
	{"POST /operator/clients/{id}/revoke", operateFresh(revokeClientFinish)},
	{"GET /operator/clients/{id}/rotate", operateFresh(rotateClient)},
	{"POST /operator/clients/{id}/rotate", operateFresh(rotateClientFinish)},

	{"GET /operator/erasures", operate(erasures)},
	{"GET /operator/erasures/{id}", operateFresh(oneErasure)},
	{"POST /operator/erasures/{id}", operateFresh(oneErasureFinish)},
	{"GET /operator/erasures/{id}/certificate", operate(certificate)},

	// Staff who look after people.
	{"GET /staff/launch", launching(staffLaunch)},
	{"POST /staff/launch", launching(staffLaunchFind)},
	{"POST /staff/launch/person", launching(staffLaunchPerson)},
	{"POST /staff/launch/open", launching(staffLaunchFinish)},

	// Emergencies: what everybody may count, whom it was about, who opened a
	// record, who reviews that, and who is told where nobody did.
	{"GET /emergencies", emergencyCounts},
	{"GET /account/emergencies", member(whoOpened)},
	{"GET /staff/emergency", rescuing(declare)},
	{"POST /staff/emergency", rescuing(declareFinish)},
	{"GET /staff/emergency/{id}", rescuing(emergencyRecord)},
	{"GET /staff/emergency/{id}/open", rescuing(touch)},
	{"POST /staff/emergency/{id}/open", rescuing(touchFinish)},
	{"POST /staff/emergency/{id}/open/begin", rescuing(touchBegin)},
	{"GET /staff/emergency/{id}/app", rescuing(emergencyApp)},
	{"POST /staff/emergency/{id}/app", rescuing(emergencyAppFinish)},
	{"POST /staff/emergency/{id}/end", rescuing(closeEmergency)},
	{"GET /staff/emergencies", rescuing(myEmergencies)},
	{"GET /staff/emergencies/{id}", rescuing(myEmergency)},
	{"POST /staff/emergencies/{id}", rescuing(answerReview)},
	{"GET /staff/reviews", reviewing(reviews)},
	{"GET /staff/reviews/{id}", reviewing(review)},
	{"POST /staff/reviews/{id}", reviewing(reviewFinish)},
	{"GET /staff/reviews/{id}/tell", reviewing(tellLater)},
	{"POST /staff/reviews/{id}/tell", reviewing(tellLaterFinish)},
	{"GET /operator/emergencies", operate(lateReviews)},

	// What people say no to beyond their own care.
	{"GET /account/uses", member(uses)},
	{"GET /account/uses/{id}", member(oneUse)},
	{"POST /account/uses/{id}", member(changeUse)},

	// Who may see what of somebody's own record.
	{"GET " + sharingAt, ownRecord(choices)},
	{"GET " + sharingAt + "/new", ownRecord(newChoice)},
	{"POST " + sharingAt + "/new", ownRecord(lookChoice)},
	{"POST " + sharingAt + "/save", ownRecord(saveChoice)},
	{"GET " + sharingAt + "/{id}", ownRecord(oneChoice)},
	{"POST " + sharingAt + "/{id}/end", ownRecord(endChoice)},
	{"GET /record/{type}/{id}/choose", ownRecord(chooseForEntry)},
	{"GET /record/{type}/{id}/private", ownRecord(private)},
	{"POST /record/{type}/{id}/private", ownRecord(privateFinish)},
	{"GET /record/{type}/{id}/own", ownRecord(keepOwn)},
	{"POST /record/{type}/{id}/own", ownRecord(keepOwnFinish)},
})

// nothing answers every other address.
func nothing(v *visit) error {
	return problem.New(problem.NotFound, v.p.words.Problem.NotHere)
}

// setUpAlready answers whoever comes to set-up a moment too late.
func setUpAlready(v *visit) error {
	return problem.New(problem.Conflict, v.p.words.Problem.SetUp)
}

// member lets a page be seen by whoever is signed in. Others sign in first and
// then go on there.
func member(do func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		_, in, err := v.session()
		if err != nil {
			return err
		}
		if done, err := v.keeps(in); done {
			return err
		}
		if in {
			return v.onceOnly(do)
		}
		next := v.r.URL.Path
		if v.r.Method != http.MethodGet {
			next = v.home()
		}
		return v.goOn(withNext("/sign-in", next))
	}
}
