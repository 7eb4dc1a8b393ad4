package words

import "maps"

// Refusals are the sentences for refusals of the rooms below, by the reason
// that they give. A test holds that none is missing.
func refusalsEnglish() map[string]string {
	all := map[string]string{}
	for _, room := range []map[string]string{
		refusalsAccount(),
		refusalsSharing(),
		refusalsStaff(),
		refusalsFirstRun(),
		refusalsProof(),
		refusalsApps(),
		refusalsClients(),
		refusalsSmart(),
		refusalsMandate(),
		refusalsRights(), refusalsLinks(), refusalsSources(),
		refusalsMessages(),
		refusalsEmergency(),
		refusalsEnquiry(),
	} {
		maps.Copy(all, room)
	}
	return all
}

func refusalsAccount() map[string]string {
	return map[string]string{
		"account-closed":         "This account was closed, and what it kept went with it.",
		"account-gone":           "There is no such account, or it was closed. Look at the list again.",
		"account-state":          "There is no such account, or it is not in a state for this. Look at the account.",
		"account-suspended":      "This account can not be used now. Ask the people who run this service.",
		"address-code":           "This is not the code, or it is too old. Check it, or add the address again to get a new one.",
		"last-passkey":           "This is your last passkey that works in full. Add another one first, then remove this one.",
		"most-addresses":         "You have five addresses, which is the most. Remove one first.",
		"most-passkeys":          "You have twenty passkeys, which is the most. Remove one first.",
		"name":                   "A name is one line of up to 64 characters. Choose a shorter one.",
		"needs-fresh":            "This needs a fresh check that it is you. Use your passkey once more.",
		"needs-passkey":          "This needs a sign-in with a passkey. Sign in with a passkey that is past its waiting time.",
		"needs-proof":            "This needs proof of who you are. Prove your identity first, then try again.",
		"needs-record":           "Your account is not linked to a record yet. Link it first, then try again.",
		"no-account":             "There is no such account. Look at the list again.",
		"no-address":             "You have no address with this id. Look at the list again.",
		"no-passkey":             "You have no passkey with this id. Look at the list again.",
		"no-passkey-to-check":    "You have no passkey to check with. Add one first.",
		"no-recovery":            "There is no recovery to stop, or its waiting time is over. Look at your passkeys, and remove those that are not yours.",
		"no-time-code":           "You use no app for codes. There is nothing to remove.",
		"not-address":            "An address is an e-mail address or a telephone number. Choose one of them.",
		"not-email":              "This is not an e-mail address, such as ann@example.org. Check it and type it again.",
		"not-phone":              "This is not a telephone number with its country, such as +44 7700 900123. Check it and type it again.",
		"passkey-no":             "We could not sign you in with that passkey. Try again, or use another way to sign in.",
		"passkey-not-added":      "This passkey could not be added. Begin again, and choose a device that asks for your finger, face or PIN.",
		"proof-level":            "Levels of proof are 0, 5 and 9. Choose one of them.",
		"permissions-not-ended":  "The link was taken back. What apps were allowed with it could not be ended yet. This is tried again every minute.",
		"proof-too-many":         "There were too many tries. Wait two hours, then try again. With a code from a desk you need fewer.",
		"recovery-no":            "That did not work. Check the code and type it again, or use a passkey. A code works once; after several wrong ones, wait.",
		"session-ended":          "This session has ended already. Look at the list again.",
		"set-up-already":         "This service is set up already. Sign in, or ask its operator to add you.",
		"setup-no":               "This is not the set-up code, or it is too old. Read it again. You can make a new one: type bevan setup-code where the server runs.",
		"setup-too-many":         "There were too many tries from here. Wait a minute, then try again.",
		"signed-out":             "You are not signed in any more. Sign in again.",
		"staff-passkey-copied":   "This passkey can be copied to other devices, so staff may not use it. Choose a security key, or a device that keeps its passkeys to itself.",
		"staff-signed-in-copied": "The passkey that you signed in with is not one for staff, since it can be copied. Sign in with one that stays on one device, such as a security key.",
		"time-code-no":           "This is not the code that your app shows now. Check that your device has the right time, then type the newest code.",
		"too-late":               "This took too long or was used already. Go back and begin again.",
		"too-many-codes":         "Too many codes were sent. Wait ten minutes, then try again.",
		"too-many-requests":      "There were too many requests from here at once. Wait a moment, then try again.",
		"website-away":           "The other website does not answer now. Nothing was changed. Try again later, or choose another way.",
		"too-many-tries":         "There were too many tries from here. Wait a few minutes, then try again. A passkey works at once.",
	}
}

// failuresEnglish are for what went wrong without a reason that people could
// act on, by the name of its kind.
func failuresEnglish() map[string]string {
	return map[string]string{
		"internal":            "Something went wrong here. Try again. If it happens again, tell the people who run this service.",
		"invalid":             "We could not read what was sent. Go back and send it again.",
		"unprocessable":       "Something in it is not right. Go back, change it and send it again.",
		"unauthorized":        "You are not signed in. Sign in, then try again.",
		"revoked":             "This was taken back. Ask for it again.",
		"forbidden":           "You may not do this. Ask the people who run this service.",
		"not-found":           "There is nothing here. Check the address.",
		"gone":                "This is no longer here.",
		"conflict":            "Somebody changed this first. Look at it again, then make your change.",
		"precondition-failed": "This has changed. Look at it again, then choose.",
		"too-large":           "This is too large. Send less.",
		"too-many":            "There were too many tries at once. Wait a minute, then try again.",
		"unsupported":         "This cannot be done here.",
		"unavailable":         "This does not work right now. Nothing was changed. Try again in a minute.",
		"timeout":             "This took too long. Try again in a minute.",
	}
}
