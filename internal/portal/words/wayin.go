package words

// Passkey is what every page says that uses one.
type Passkey struct {
	// NoScript says what to do where JavaScript is off. Signed is the same for
	// somebody who is signed in.
	NoScript, Signed string
	// Cancelled, Known, Old and Broken are what a browser may answer.
	Cancelled, Known, Old, Broken string
	// NoAnswer is for a form that came without what the passkey says.
	NoAnswer string
}

func passkeyEnglish() Passkey {
	return Passkey{
		NoScript:  "A passkey needs JavaScript, which is off in this browser. Turn it on, or sign in with a code.",
		Signed:    "A passkey needs JavaScript, which is off in this browser. Turn it on, then open this page again.",
		Cancelled: "Your passkey was not used. Press the button and try again.",
		Known:     "This device has a passkey for your account already. Use another device, or go back.",
		Old:       "This browser cannot use passkeys here. Try a newer browser, or another device.",
		Broken:    "We could not reach Bevan. Check that you are online, then try again.",
		NoAnswer:  "Your browser did not use a passkey. Turn JavaScript on, then press the button again.",
	}
}

// Setup is what the first operator sees.
type Setup struct {
	Title                   string
	What, Where             string
	Code, CodeHint, GoOn    string
	You                     string
	YouText, Passkey        string
	Name, NameHint, MakeKey string
	DoneTitle               string
	DoneText                string
	NextTitle               string
	Next                    []string
}

func setupEnglish() Setup {
	return Setup{
		Title: "Set up Bevan",
		What:  "Nobody runs this service yet. Whoever types the set-up code becomes its first operator.",
		// People meet this page under containers and panels, where no terminal
		// is in sight: say how to get the code again.
		Where:     "The code was shown in the terminal where Bevan was started. To see it again, run this there:",
		Code:      "Set-up code",
		CodeHint:  "Eight letters. It is good for 30 minutes.",
		GoOn:      "Go on",
		You:       "Make the first account",
		YouText:   "You sign in with a passkey. There is no password.",
		Passkey:   "A passkey is kept on your phone, your computer or a security key. It asks for your finger, your face or a PIN.",
		Name:      "Your name",
		NameHint:  "Your device shows it when you sign in.",
		MakeKey:   "Make my passkey",
		DoneTitle: "Bevan is set up",
		DoneText:  "You are its first operator, and you are signed in.",
		NextTitle: "What to do next",
		Next: []string{
			"Copy the keys to a safe place. Without them nobody can read the records. Use the command bevan keys backup.",
			"Add a second passkey, on another device. Then you can still sign in if you lose this one.",
			"Choose to work as operator. Then you can add organisations, and invite the people who work there.",
		},
	}
}

// Create is the page that makes an account.
type Create struct {
	Title, What, Passkey, Name, NameHint, Button, Have string
}

func createEnglish() Create {
	return Create{
		Title:    "Create an account",
		What:     "You need no password. You sign in with a passkey.",
		Passkey:  "A passkey is kept on your phone, your computer or a security key. It asks for your finger, your face or a PIN.",
		Name:     "Your name",
		NameHint: "What you want to be called. Your device shows it when you sign in.",
		Button:   "Make my passkey",
		Have:     "I have an account",
	}
}

// SignIn is the ways in.
type SignIn struct {
	Title, What, Button        string
	Other, Recovery, App, None string

	RecoveryTitle, RecoveryText, RecoveryThen  string
	RecoveryLabel, RecoveryHint, RecoveryEnter string

	AppTitle, AppText, Address, AddressHint, Code, CodeHint, AppEnter string
}

func signInEnglish() SignIn {
	return SignIn{
		Title:    "Sign in",
		What:     "Use the passkey on your phone, your computer or your security key.",
		Button:   "Sign in with a passkey",
		Other:    "Another way",
		Recovery: "I lost my passkey and have a recovery code",
		App:      "Use a code from an app",
		None:     "I have no account",

		RecoveryTitle: "Sign in with a recovery code",
		RecoveryText:  "Use this when you have lost your passkeys. Each code works once.",
		// People are frightened by what follows; tell them before.
		RecoveryThen:  "Then you can add a new passkey. It takes some days until it can do everything, and we tell all your addresses. That stops a thief.",
		RecoveryLabel: "Recovery code",
		RecoveryHint:  "Twenty letters and numbers. You may leave out the dashes.",
		RecoveryEnter: "Sign in with this code",

		AppTitle:    "Sign in with a code from an app",
		AppText:     "A code is weaker than a passkey. You can look at things, but for changes you need a passkey.",
		Address:     "Your e-mail address or telephone number",
		AddressHint: "One that you have confirmed with us. Write a number with its country, such as +44 7700 900123.",
		Code:        "Code from your app",
		CodeHint:    "Six numbers.",
		AppEnter:    "Sign in with this code",
	}
}

// SignedOut is shown when somebody has signed out.
type SignedOut struct {
	Title, What, Again string
}

func signedOutEnglish() SignedOut {
	return SignedOut{
		Title: "You are signed out",
		What:  "Nobody can see your account on this device now. If others use it, close the browser too.",
		Again: "Sign in again",
	}
}

// Check asks for a passkey once more.
type Check struct {
	Title, What, Weak, Button string
}

func checkEnglish() Check {
	return Check{
		Title:  "Check that it is you",
		What:   "What you want to do matters, so use your passkey once more. Then you go on where you were.",
		Weak:   "You signed in with a code. For this you need a passkey. Use yours, and you go on where you were.",
		Button: "Use my passkey",
	}
}
