package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/portal/words"
)

// done is what was done and is said on the next page. It goes through the
// browser by its number, so that no other website can put words there.
type done string

const (
	passkeyAdded    done = "passkey-added"
	passkeyRenamed  done = "passkey-renamed"
	passkeyRemoved  done = "passkey-removed"
	sessionEnded    done = "session-ended"
	othersEnded     done = "others-ended"
	appSet          done = "app-set"
	appRemoved      done = "app-removed"
	addressAdded    done = "address-added"
	addressRemoved  done = "address-removed"
	recoveryStopped done = "recovery-stopped"
	recordLinked    done = "record-linked"
	signInRemoved   done = "sign-in-removed"

	lookAsked       done = "look-asked"
	enquiryClosed   done = "enquiry-closed"
	enquiryAnswered done = "enquiry-answered"

	resultsChosen done = "results-chosen"
	resultTold    done = "result-told"

	questionAnswered done = "question-answered"
	linkUndone       done = "link-undone"

	workLeft            done = "work-left"
	placeTaken          done = "place-taken"
	organisationAdded   done = "organisation-added"
	siteAdded           done = "site-added"
	teamAdded           done = "team-added"
	organisationClosed  done = "organisation-closed"
	teamClosed          done = "team-closed"
	placeGiven          done = "place-given"
	placeEnded          done = "place-ended"
	invitationWithdrawn done = "invitation-withdrawn"
	clientRevoked       done = "client-revoked"
	appEnded            done = "app-ended"
	appsEnded           done = "apps-ended"
	appMoved            done = "app-moved"

	familyActed        done = "family-acted"
	familyStopped      done = "family-stopped"
	familyEnded        done = "family-ended"
	familyLeft         done = "family-left"
	familyTookBack     done = "family-took-back"
	familyPaused       done = "family-paused"
	familyResumed      done = "family-resumed"
	familyTaken        done = "family-taken"
	rightGiven         done = "right-given"
	rightStopped       done = "right-stopped"
	rightBack          done = "right-back"
	rightEnded         done = "right-ended"
	abilityDecided     done = "ability-decided"
	correctionSent     done = "correction-sent"
	correctionBack     done = "correction-back"
	disagreed          done = "disagreed"
	correctionSeen     done = "correction-seen"
	correctionAnswered done = "correction-answered"
	erasureAsked       done = "erasure-asked"
	erasureBack        done = "erasure-back"
	erasureDecided     done = "erasure-decided"
	emergencyEnded     done = "emergency-ended"
	emergencyAnswered  done = "emergency-answered"
	reviewKept         done = "review-kept"
	tellKept           done = "tell-kept"
	choiceSaved        done = "choice-saved"
	choiceEnded        done = "choice-ended"
	entryPrivate       done = "entry-private"
	entryOwn           done = "entry-own"
	entryAdded         done = "entry-added"
	parentsSaved       done = "parents-saved"

	useStopped done = "use-stopped"
	useAllowed done = "use-allowed"
)

// familySentence is what is said of rights to act for somebody.
func (d done) familySentence(w words.Family) string {
	return map[done]string{
		familyActed: w.Acted, familyStopped: w.Stopped, familyEnded: w.Ended, familyLeft: w.Left, familyTookBack: w.TookBack,
		familyPaused: w.Paused, familyResumed: w.Resumed, familyTaken: w.Taken,
		rightGiven: w.RightGiven, rightStopped: w.RightStopped, rightBack: w.RightBack, rightEnded: w.RightEnded, abilityDecided: w.Decided,
	}[d]
}

func (d done) sentence(w words.Done) string {
	return map[done]string{
		passkeyAdded: w.PasskeyAdded, passkeyRenamed: w.PasskeyRenamed, passkeyRemoved: w.PasskeyRemoved,
		sessionEnded: w.SessionEnded, othersEnded: w.OthersEnded, appSet: w.AppSet, appRemoved: w.AppRemoved,
		appEnded: w.AppEnded, appsEnded: w.AppsEnded, appMoved: w.AppMoved,
		addressAdded: w.AddressAdded, addressRemoved: w.AddressRemoved, recoveryStopped: w.RecoveryStopped,
		recordLinked: w.RecordLinked, signInRemoved: w.SignInRemoved,
		lookAsked: w.LookAsked, enquiryClosed: w.EnquiryClosed, enquiryAnswered: w.EnquiryAnswered,
		questionAnswered: w.QuestionAnswered, linkUndone: w.LinkUndone,
		workLeft: w.WorkLeft, placeTaken: w.PlaceTaken, organisationAdded: w.OrganisationAdded, siteAdded: w.SiteAdded, teamAdded: w.TeamAdded,
		organisationClosed: w.OrganisationClosed, teamClosed: w.TeamClosed, placeGiven: w.PlaceGiven, placeEnded: w.PlaceEnded,
		invitationWithdrawn: w.InvitationWithdrawn, clientRevoked: w.ClientRevoked,
		correctionSent: w.Rights.CorrectionSent, correctionBack: w.Rights.CorrectionBack, disagreed: w.Rights.Disagreed, correctionSeen: w.Rights.CorrectionSeen,
		correctionAnswered: w.Rights.CorrectionAnswered, erasureAsked: w.Rights.ErasureAsked, erasureBack: w.Rights.ErasureBack, erasureDecided: w.Rights.ErasureDecided,
		emergencyEnded: w.EmergencyEnded, emergencyAnswered: w.EmergencyAnswered, reviewKept: w.ReviewKept, tellKept: w.TellKept,
		useStopped: w.UseStopped, useAllowed: w.UseAllowed,
	}[d]
}

// doneThen goes on to a page, which says what was done.
func (v *visit) doneThen(d done, path string) error {
	v.setCookie(newsCookie, string(d), time.Minute)
	return v.goOn(path)
}

// news is what the page before did. It is said once.
func (v *visit) news() string {
	c := v.cookie(newsCookie)
	if c == "" {
		return ""
	}
	v.dropCookie(newsCookie)
	switch w := v.p.words.Results; done(c) {
	case resultsChosen:
		return w.How.Done
	case resultTold:
		return w.Told.Done
	}
	if s := done(c).familySentence(v.p.words.Family); s != "" {
		return s
	}
	if s := done(c).firstRunSentence(v.p.words.FirstRun); s != "" {
		return s
	}
	if s := done(c).sharingSentence(v.p.words.Sharing); s != "" {
		return s
	}
	if s := done(c).clinicSentence(v.p.words); s != "" {
		return s
	}
	switch done(c) {
	case entryAdded:
		return v.p.words.Add.Added
	case parentsSaved:
		return v.p.words.Growth.ParentsSaved
	}
	return done(c).sentence(v.p.words.Done)
}

func (d done) firstRunSentence(w words.FirstRun) string {
	return map[done]string{examplesMade: w.Made, examplesRemoved: w.Removed}[d]
}

func (d done) sharingSentence(w words.Sharing) string {
	return map[done]string{choiceSaved: w.Saved, choiceEnded: w.WasEnded, entryPrivate: w.MadePrivate, entryOwn: w.KeptOwn}[d]
}
