package words

// Roles is what people call the roles of staff.
type Roles struct {
	Clinician, CareCoordinator, Administrator, AppAssessor, Researcher, Auditor, Operator string
}

// Staff is what people see who work for an organisation.
type Staff struct {
	// SignIn refuses whoever is not signed in.
	SignIn string

	Title, Now, Choose, None, Over     string
	Here, Work, Role, Team, Join, Go   string
	At, Change, Leave                  string
	Operate, History, Place, PlaceHint string
	Roles                              Roles
}

func staffEnglish() Staff {
	return Staff{
		SignIn: "This page is for people who work here. Sign in, then choose where you work.",

		Title:  "Where I work",
		Now:    "This is what you can do at work now.",
		Choose: "Choose where you work now. You can change it when you like.",
		None:   "You have no place to work here. If somebody gave you a code, use it below.",
		Over:   "You no longer work where you did. If that is wrong, ask the people who run this service.",
		Here:   "You work here now.",
		Work:   "Work as",
		Role:   "Role",
		Team:   "Team",
		Join:   "I was invited and have a code",
		Go:     "Choose where I work",
		At:     "at",
		Change: "Change where I work",
		Leave:  "Stop work",

		Operate: "Run this service",
		History: "Who changed what",
		Place:   "Where I work", PlaceHint: "For people who work for the service.",

		Roles: Roles{
			Clinician: "Clinician", CareCoordinator: "Care coordinator", Administrator: "Administrator", AppAssessor: "App assessor",
			Researcher: "Researcher", Auditor: "Auditor", Operator: "Operator",
		},
	}
}

// Join is what people see who were invited to work here.
type Join struct {
	Title, What, Code, CodeHint, GoOn string

	You, YouText, Key, MakeKey, Have, At string

	LinkTitle, LinkText, LinkButton string
}

func joinEnglish() Join {
	return Join{
		Title:    "Join as staff",
		What:     "You were given a code by the people who run this service. It shows that you work here.",
		Code:     "Code",
		CodeHint: "Twenty letters and numbers. You may leave out the dashes.",
		GoOn:     "Go on",

		You:     "Make your account for work",
		YouText: "This is what the code is for. If it is not you, tell whoever gave it to you.",
		// Many devices copy passkeys without saying so: tell people before they
		// make one that is refused.
		Key:     "You need a passkey that stays on one device, such as a security key. It asks for your finger, your face or a PIN.",
		MakeKey: "Make my passkey",
		Have:    "I have an account here",
		At:      "at",

		LinkTitle:  "Add this place to your account",
		LinkText:   "You are signed in. From now on you can work here with this account.",
		LinkButton: "Add it to my account",
	}
}

// History is the list of who changed organisations, staff and clients.
type History struct {
	Title, Text, Caption, None     string
	When, Who, What, About, Reason string
	Console                        string
	OrganisationAdded, SiteAdded   string
	TeamAdded, OrganisationClosed  string
	TeamClosed, PlaceGiven         string
	PlaceEnded, InvitationMade     string
	InvitationUsed                 string
	InvitationWithdrawn            string
	ClientAdded, ClientRotated     string
	ClientRevoked, ClientInvited   string
}

func historyEnglish() History {
	return History{
		Title:   "Who changed what",
		Text:    "This list is kept for good. Nobody can change it here.",
		Caption: "Changes, the newest first",
		None:    "Nothing was changed yet.",
		When:    "When", Who: "Who", What: "What", About: "About", Reason: "Why",
		Console: "At the machine:",

		OrganisationAdded: "Added an organisation", SiteAdded: "Added a site", TeamAdded: "Added a team",
		OrganisationClosed: "Closed an organisation", TeamClosed: "Closed a team",
		PlaceGiven: "Gave a place", PlaceEnded: "Ended a place",
		InvitationMade: "Invited somebody", InvitationUsed: "Used an invitation", InvitationWithdrawn: "Took an invitation back",
		ClientAdded: "Let a client in", ClientRotated: "Gave a client new keys", ClientRevoked: "Lets a client in no more",
		ClientInvited: "Invited a client",
	}
}
