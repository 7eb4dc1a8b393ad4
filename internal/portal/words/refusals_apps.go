package words

// refusalsApps are of what people do with apps.
func refusalsApps() map[string]string {
	return map[string]string{
		"app-not-opened":        "This app can not be opened from here. Choose another one.",
		"app-opened-late":       "The app was opened too long ago, or by somebody else. Go back and open it again.",
		"client-too-many-tries": "There were too many tries from here. Wait a few minutes, then try again.",
		"device-code-no":        "This code is not one that a device shows now. Look at the device again, or start again there to get a new code.",
		"devices-too-many":      "Too many devices are waiting for somebody. Try again in ten minutes.",
		"logout-late":           "This link of an app is too old. Sign out, and go back to the app yourself.",
		"no-permission":         "You have allowed no such thing, or it has ended. Look at the list again.",
		"permission-end":        "What you allow ends on a day that is still to come. Choose another day.",
		"permission-taken-back": "This was allowed once, and was taken back. Ask the people who run this service.",
		"permission-too-much":   "More was allowed than the app asked for. Go back to the app and start again.",
		"request-over":          "This request of an app is over, or was opened elsewhere. Go back to the app and start again.",
	}
}

// refusalsClients are of what an operator types about a program.
func refusalsClients() map[string]string {
	return map[string]string{
		"client-about":          "Say who runs the program, and what for, in one line each of up to 300 characters. Write less.",
		"client-exchange":       "A program can only exchange tokens that people gave it. Let it ask people as well.",
		"client-uses":           "A program is let in for the work of the service, or for research and planning. Choose one of them.",
		"client-uses-people":    "A program for research and planning asks by itself, and for nobody who signs in. Leave out the addresses to send people back to.",
		"client-fapi-device":    "FAPI 2.0 is not for devices that show a code. Choose SMART App Launch.",
		"client-fapi-key":       "A program that keeps to FAPI 2.0 needs a key. Give its public keys, or choose SMART App Launch.",
		"client-grants":         "Say how the program asks for its tokens. Choose at least one way.",
		"client-keys-address":   "The address of the keys begins with https:// and has no # and no user name. Check it.",
		"client-keys-one":       "Give the program's public keys, or the address where they are. It needs one of the two.",
		"client-keys-unasked":   "Keys are for a program that proves itself by them. Leave the keys out, or choose a key as the way.",
		"client-launch":         "The address where an app is opened begins with https://. It needs an address to send people back to as well.",
		"client-name":           "A program needs a name of one line and up to 100 characters. Choose one that people will know it by.",
		"client-other-proof":    "This program proves itself in another way. Look at the list of programs.",
		"client-owner":          "Say who runs the program. People are told before they allow it anything.",
		"client-profile":        "Choose the rules that it keeps to. They are SMART App Launch or FAPI 2.0.",
		"client-program-key":    "A program that asks by itself needs a key. Give its public keys.",
		"client-proof":          "Choose how it shows who it is. It can have no secret, a secret, or a key of its own.",
		"client-redirect":       "An address to send people back to begins with https://, and has no # and no user name. An app on a device may use http://127.0.0.1 or a name of its own such as org.example.app:/back.",
		"client-redirects":      "A program that asks people needs at least one address to send them back to. One that asks by itself has none.",
		"client-redirects-many": "There are too many addresses to send people back to. A program may have 20.",
		"client-revoked":        "This program may not come in any more, so it needs no new keys. Add it again as a new one.",
		"client-scope-system":   "A program that asks by itself has scopes that begin with system/. Change the list.",
		"client-scope-unknown":  "One of the scopes is not known here. A scope looks like system/Observation.rs, or system/*.rs for every type.",
		"client-scopes-many":    "These are too many scopes. Use fewer, such as system/*.rs.",
		"client-scopes-none":    "A program has to be allowed something. Name its scopes, such as system/*.rs.",
		"keys-no-kid":           "Each key needs a kid, by which the program names it. Add one to every key.",
		"keys-not-usable":       "None of the keys is of a kind that these rules allow. For SMART App Launch, give one for ES384 or RS384. For FAPI 2.0, give one for ES256, EdDSA or PS256.",
		"keys-one-unread":       "One of the keys can not be read, or is a shared secret. Give public keys of type RSA, EC or OKP.",
		"keys-private":          "One of the keys holds a private half, which must stay with the program. Make new keys, and give the public halves only.",
		"keys-same-kid":         "Two keys have the same kid. Give each its own.",
		"keys-too-large":        "This set of keys is too large. It may have 64 kB. Leave out keys that are no longer used.",
		"keys-unread":           `This is not a set of keys. It begins with {"keys":[ and ends with ]}. Copy the whole text again.`,
		"no-client":             "There is no such program. Look at the list again.",
	}
}

// refusalsSmart are of what an app sent somebody's browser here with.
func refusalsSmart() map[string]string {
	return map[string]string{
		"app-form":            "What the app sent can not be read. Go back to the app, and tell its makers.",
		"app-not-sent-first":  "This app has to send its request to this service first, and did not. Go back to the app, and tell its makers.",
		"app-sign-out-place":  "The app wants to send you to a place that is not its own. You can sign out on your account's page.",
		"app-sign-out-unread": "The app's request to sign you out can not be read. You can sign out on your account's page.",
		"app-too-much":        "The app asked for too much at once. Go back to the app, and tell its makers.",
		"app-twice":           "The app said one thing twice. Go back to the app, and tell its makers.",
		"app-unknown":         "This app is not known here, or wants to send you to a place that is not its own. Go back to the app, and tell its makers.",
		"app-unread":          "The app's request can not be read. Go back to the app, and tell its makers.",
		"not-this-way":        "This address can not be used in this way. Go back to where you came from, and try again.",
		"nothing-here":        "There is nothing at this address. Check it.",
	}
}
