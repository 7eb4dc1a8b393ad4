package words

// Staff is what people see who work for an organisation.
type Staff struct {
	// SignIn refuses whoever is not signed in.
	SignIn string
}

func staffEnglish() Staff {
	return Staff{
		SignIn: "This page is for people who work here. Sign in, then choose where you work.",
	}
}
