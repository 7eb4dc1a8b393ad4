package words

// Operator is what those see who run the service.
type Operator struct {
	Title, What, Organisations, Clients, Back string

	Reason, ReasonHint, BadDay, Change string
}

func operatorEnglish() Operator {
	return Operator{
		Title:         "Run this service",
		What:          "You keep the lists of who works here, and of the apps that are let in. What you do is written down.",
		Organisations: "Organisations and who works there",
		Clients:       "Apps and programs",
		Back:          "Run this service",
		Reason:        "Why?",
		ReasonHint:    "One line. It is kept, and others can read it.",
		BadDay:        "Write a day as year, month and day, such as 2026-12-01.",
		Change:        "Change",
	}
}

// Organisations is the pages about them.
type Organisations struct {
	Title, What, None, Add, Code, CodeHint, Name string
	State, Open, Closed, Site, Added, Above      string
	Sites, NoSites, AddSite                      string
	Teams, NoTeams, AddTeam, TeamName, NoTeam    string
	Staff, Close, CloseText, CloseButton         string
	CloseTeam, CloseTeamText                     string
}

func organisationsEnglish() Organisations {
	return Organisations{
		Title:    "Organisations",
		What:     "These are the places that use this service, such as a surgery or a hospital. Open one to see its sites, its teams and who works there.",
		None:     "There are none yet. Add the first one.",
		Add:      "Add an organisation",
		Code:     "Code",
		CodeHint: "3 to 10 capital letters and numbers, such as RXH or G12345.",
		Name:     "Name",
		State:    "State",
		Open:     "Open",
		Closed:   "Closed",
		Site:     "A site",
		Added:    "Added",
		Above:    "The organisation that this site belongs to",
		Sites:    "Sites",
		NoSites:  "There are no sites yet.",
		AddSite:  "Add a site",
		Teams:    "Teams",
		NoTeams:  "There are no teams yet.",
		AddTeam:  "Add a team",
		TeamName: "Name of the team",
		NoTeam:   "There is no such team here. Look at the list again.",
		Staff:    "See who works here",
		Close:    "Close this organisation",
		// It can not be opened again: say so before.
		CloseText:     "Nobody works for it or its sites any more, from now on. You cannot open it again.",
		CloseButton:   "Close it",
		CloseTeam:     "Close the team",
		CloseTeamText: "Nobody works in this team any more. You cannot open it again.",
	}
}

// Members is the pages about who works where.
type Members struct {
	Title, Caption, None, Organisation, Back    string
	Name, Role, Team, From, Until, NoEnd        string
	Change, ChooseRole, NoTeam                  string
	FirstDay, FirstDayHint                      string
	LastDay, LastDayHint                        string
	Invite, InviteText, InviteButton            string
	NameAtWork, NameHint                        string
	Invited, NoneInvited, CodeUntil, Withdraw   string
	InvitedTitle, InvitedText, InvitedWhere     string
	Code, Kept                                  string
	WithdrawTitle, WithdrawText, WithdrawButton string
	End, EndTitle, EndText, EndHint, EndButton  string
	Another, AnotherText, AnotherButton         string
}

func membersEnglish() Members {
	return Members{
		Title:        "Who works here",
		Caption:      "Staff",
		None:         "Nobody works here yet. Invite the first one.",
		Organisation: "Organisation",
		Back:         "Who works there",
		Name:         "Name", Role: "Role", Team: "Team", From: "From", Until: "Until",
		NoEnd:        "No end is set",
		Change:       "See or end",
		ChooseRole:   "Choose a role",
		NoTeam:       "No team",
		FirstDay:     "First day",
		FirstDayHint: "Such as 2026-12-01. Leave it empty to begin now.",
		LastDay:      "Last day",
		LastDayHint:  "Such as 2027-03-31. Leave it empty for no end.",

		Invite:       "Invite somebody",
		InviteText:   "You get a code to give to them. With it they make an account, or use the one they have.",
		InviteButton: "Make the code",
		NameAtWork:   "Their name at work",
		NameHint:     "Others see it, such as Dr Ada Obi.",

		Invited:      "Invited",
		NoneInvited:  "Nobody has a code that they have not used.",
		CodeUntil:    "The code works until",
		Withdraw:     "Take back",
		InvitedTitle: "Give them this code",
		// Whoever has the code becomes staff: it goes from hand to hand.
		InvitedText:  "You see it this once. Give it to them and nobody else, best from hand to hand.",
		InvitedWhere: "They type it at",
		Code:         "Code",
		Kept:         "I have given it to them",

		WithdrawTitle:  "Take an invitation back",
		WithdrawText:   "Nobody can use the code any more.",
		WithdrawButton: "Take it back",

		End:       "End this place",
		EndTitle:  "End a place",
		EndText:   "They can do nothing more in this role, on any device, from then on.",
		EndHint:   "Such as 2027-03-31. Leave it empty to end it now.",
		EndButton: "End this place",

		Another:       "Give them another place",
		AnotherText:   "They keep the place that they have.",
		AnotherButton: "Give the place",
	}
}

// Clients is the pages about apps and programs.
type Clients struct {
	Title, What, None, Add, AddButton, Added  string
	Name, NameHint, State, Since, Revoked, ID string
	Profile, ProfileHint, SMART, FAPI2        string
	Proof, ProofHint, ByNone, BySecret, ByKey string
	Keys, KeysHint, KeysURL, KeysURLHint      string
	Redirects, RedirectsHint                  string
	Logouts, LogoutsHint, Launch, LaunchHint  string
	Scopes, ScopesHint                        string
	Uses, UsesHint, UsesService, UsesResearch string
	Once, Secret, Kept, NotHere               string
	Revoke, RevokeText, RevokeButton          string
	Rotate, RotateSecret, RotateKeys          string
	RotateButton, Rotated, Looked, Itself     string
}

func clientsEnglish() Clients {
	return Clients{
		Title:     "Apps and programs",
		Looked:    "Looked at",
		Itself:    "No. It registered itself, and people are told so.",
		What:      "Each is let in with its own name, and does no more than you allow.",
		None:      "None was let in yet.",
		Add:       "Let an app in",
		AddButton: "Let it in",
		Added:     "It is let in",
		Name:      "Name",
		NameHint:  "People see it when they are asked.",
		State:     "State",
		Since:     "Let in",
		Revoked:   "Not let in since",
		ID:        "Client ID",

		Profile:     "Rules that it keeps to",
		ProfileHint: "Choose FAPI 2.0 for programs that hold the data of many people.",
		SMART:       "SMART App Launch", FAPI2: "FAPI 2.0",

		Proof:     "How it shows who it is",
		ProofHint: "An app on a person's own phone can keep no secret.",
		ByNone:    "It does not", BySecret: "With a secret", ByKey: "With a key of its own",

		Keys:          "Its public keys",
		KeysHint:      "A JWK Set. Only for an app with a key of its own.",
		KeysURL:       "Where its public keys are",
		KeysURLHint:   "An address that begins with https. Give this or the keys.",
		Redirects:     "Where people may be sent back to",
		RedirectsHint: "One address on each line. Leave it empty for a program that asks by itself.",
		Logouts:       "Where people may go when they sign out",
		LogoutsHint:   "One address on each line. You may leave it empty.",
		Launch:        "Where the app is opened",
		LaunchHint:    "An address that begins with https. You may leave it empty.",
		Scopes:        "What it may ask for",
		Uses:          "What it uses data for",
		UsesHint:      "This can not be changed later. For research, a program sees only people who said yes to it.",
		UsesService:   "The work of this service",
		UsesResearch:  "Research and planning",
		ScopesHint:    "Scopes, such as patient/*.rs. Put a blank or a new line between them.",

		Once:    "We show the secret this once. Give it to whoever runs the app, and to nobody else.",
		Secret:  "Secret",
		Kept:    "I have kept it",
		NotHere: "There is no such app. Look at the list again.",

		Revoke:       "Let it in no more",
		RevokeText:   "It is turned away at once, and what people allowed it ends. It keeps what it has read before.",
		RevokeButton: "Let it in no more",

		Rotate:       "Give it new keys",
		RotateSecret: "You get a new secret. The old one stops working at once.",
		RotateKeys:   "The old keys stop working at once.",
		RotateButton: "Change the keys",
		Rotated:      "It has new keys",
	}
}
