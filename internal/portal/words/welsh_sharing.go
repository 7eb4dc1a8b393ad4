package words

func sharingWelsh() Sharing {
	w := Sharing{
		Link: "Pwy gaiff weld fy nghofnod", LinkHint: "Dewis pwy sy'n gweld beth, am ba hyd, ac i beth.",
		Title: "Pwy gaiff weld fy nghofnod", Lead: "Chi sy'n dewis pwy gaiff weld beth. Mae dewis newydd yn cyfrif ar unwaith. Mae na yn cyfrif mwy nag ie.",
		New: "Gwneud dewis", Choices: "Eich dewisiadau", ChoicesNone: "Dydych chi ddim wedi gwneud dewis eto. Yr hyn sydd isod sy'n dal.",
		Choice: "Dewis", State: "Nawr", HowLong: "Am ba hyd", Change: "Ei ddarllen neu ddod ag ef i ben",
		Holds: "Mae'n dal", NotNow: "Dyw e ddim yn dal heddiw", Ended: "Wedi dod i ben", UntilEnded: "nes i chi ddod ag ef i ben",
		Defaults: "Lle nad ydych wedi dewis dim", DefaultsLead: "Dyma reolau'r gwasanaeth hwn. Mae eich dewisiadau chi yn dod ar eu pen.",
		Elsewhere: "Dewis a wnaed mewn lle arall. Agorwch ef i ddarllen beth mae'n ei ddweud.",
		Deny:      "Ni chaiff ei weld", Permit: "Caiff ei weld", Except: "Ond:",
		Elements: map[string]string{"actor": "Gan bwy", "action": "Beth sy'n cael ei wneud", "securityLabel": "Label", "purpose": "I beth", "class": "Math", "code": "Cod",
			"data": "Eitem", "period": "Dyddiau pan mae'n dal", "dataPeriod": "Dyddiau'r data", "policyRule": "Rheol"},
		MoreParts: "Mae mwy yn y dewis hwn nag sy'n ffitio yma.",

		ByStaff: "Staff", ByActing: "Pobl sy'n gweithredu ar eich rhan", ByApps: "Eich apiau", ByRescue: "Argyfwng", ByResearch: "Ymchwil",
		StaffTied: "Caiff staff lleoedd sy'n gofalu amdanoch chi weld eich cofnod. Ni chaiff eraill.", StaffAny: "Caiff pob aelod o staff weld eich cofnod.",
		ActingMay: "Maen nhw'n gweld yr hyn mae eu hawl yn gadael iddyn nhw ei weld. Mae pethau sensitif wedi'u cuddio rhagddyn nhw.", AppsMay: "Maen nhw'n gweld yr hyn rydych chi'n gadael iddyn nhw ei weld.",
		RescueLifts: "Caiff staff agor eich cofnod, beth bynnag a ddewisoch. Rhaid iddyn nhw ddweud pam, ac rydych chi'n cael gwybod.", RescueObeys: "Mae eich na yn dal mewn argyfwng hefyd.",
		ResearchMay: "Caiff ymchwil ddefnyddio eich cofnod, oni bai eich bod chi'n dweud na.", AskFirst: "Does neb yn gweld eich cofnod ar gyfer hyn oni bai eich bod wedi dweud ie.",

		May: "– cânt weld:", MayNot: "– chân nhw ddim gweld:", ForCare: "ar gyfer eich gofal", ForResearch: "ar gyfer ymchwil",
		DatedFrom: "o", DatedUntil: "hyd",
		Everybody: "Pawb ond chi", Outside: "Holl staff lleoedd nad ydyn nhw'n gofalu amdanoch chi nawr", OutsideBut: "Pob aelod o staff, ond nid rhai",
		Acting: "Pawb sy'n gweithredu ar eich rhan", Clinicians: "Pob clinigydd", Coordinators: "Pawb sy'n trefnu gofal", StaffOf: "Staff", TheApp: "Yr ap",
		ActsForYou: "sy'n gweithredu ar eich rhan", UnknownPlace: "lle â'r rhif",
		Everything: "unrhyw beth yn eich cofnod", OneEntry: "un eitem",
		Labels: map[string]string{"mental-health": "iechyd meddwl", "sexual-health": "iechyd rhywiol", "reproductive-health": "beichiogrwydd ac atal cenhedlu (iechyd atgenhedlol)",
			"substances": "alcohol a chyffuriau", "safeguarding": "diogelwch gartref (diogelu)", "genetics": "genynnau (geneteg)", "social-care": "gofal cymdeithasol", "childs-own": "pethau plentyn ei hun"},
		Groups: map[string]string{"medicines": "meddyginiaethau", "illnesses": "salwch ac alergeddau", "results": "canlyniadau profion", "letters": "llythyrau a dogfennau", "visits": "ymweliadau ac apwyntiadau"},
	}
	w.formsWelsh()
	return w
}

func (w *Sharing) formsWelsh() {
	w.NewTitle, w.NewLead, w.ChooseOne, w.Look = "Gwneud dewis", "Does dim wedi'i gadw eto. Ar y dudalen nesaf rydych yn gweld beth fyddai'n cael ei guddio, a rhag pwy.", "Dewiswch un", "Gweld beth mae'n ei wneud"
	w.Say, w.SayNo, w.SayYes = "A gân nhw ei weld?", "Na, chân nhw ddim", "Ie, cân"
	w.Whom, w.About, w.AboutHint = "Am bwy mae'r dewis?", "Am beth mae'r dewis?", "Mae math sensitif yn cynnwys popeth y gwyddom ei fod o'r math hwnnw."
	w.Why, w.AnyWhy = "I beth?", "Unrhyw beth"
	w.From, w.FromHint, w.Until = "O ba ddiwrnod mae'n dal?", "Gadewch y dyddiau'n wag i ddechrau heddiw a mynd ymlaen nes i chi ddod ag ef i ben.", "Hyd at ba ddiwrnod mae'n dal?"
	w.DataFrom, w.DataFromHint, w.DataUntil = "Dim ond data o'r diwrnod hwn ymlaen", "Gadewch y dyddiau hyn yn wag ar gyfer data o unrhyw adeg.", "Dim ond data hyd at y diwrnod hwn"
	w.NoSay, w.NoWhom, w.NoAbout = "Dywedwch a gân nhw ei weld.", "Dewiswch am bwy y mae.", "Dewiswch am beth y mae."
	w.NoDay, w.DaysWrong = "Ysgrifennwch ddiwrnod fel 3 5 2026, neu gadewch ef yn wag.", "Mae'r ail ddiwrnod cyn y cyntaf. Newidiwch un ohonyn nhw."
	w.OutsideYes, w.ActingWhy = "I holl staff lleoedd eraill, dim ond na allwch chi ei ddweud. I ddweud ie, dewiswch un lle.", "Ar gyfer pobl sy'n gweithredu ar eich rhan, dewiswch Unrhyw beth."
	w.LookTitle, w.LookLead = "Beth mae'r dewis hwn yn ei wneud", "Does dim wedi'i gadw eto. Darllenwch beth fyddai'n newid, yna cadwch ef."
	w.Save, w.Mend = "Cadw'r dewis hwn", "Ei newid"
	w.Lost, w.LostNone = "Beth sy'n diflannu rhag pwy", "Does dim yn diflannu rhag neb y gwyddom amdanyn nhw."
	w.Gained, w.GainedNone = "Beth sy'n ymddangos i bwy", "Does neb y gwyddom amdanyn nhw yn gweld mwy."
	w.FromWhom, w.ToWhom, w.What, w.HowMany = "Rhag pwy", "I bwy", "Beth", "Faint"
	w.Entries, w.EntriesNone, w.Entry, w.When = "Yr eitemau", "Dyw eitemau heddiw ddim yn newid. Mae hefyd yn cyfrif ar gyfer yr hyn ddaw wedyn.", "Eitem", "Pryd oedd hi"
	w.LookedAll = "Mae hyn yn cyfrif lleoedd sy'n gofalu amdanoch chi, a staff a edrychodd yn y flwyddyn ddiwethaf. Mae'n cyfrif pobl sy'n gweithredu ar eich rhan, a'ch apiau."
	w.TheTeam, w.Unnamed = "Y tîm gofal", "heb enw"
	w.LookFew = "Mae a wnelo mwy o leoedd a phobl â chi nag y mae'r dudalen hon yn edrych arnyn nhw. Mae eich dewis yn dal iddyn nhw hefyd."
	w.LookMore, w.NoMatter = "Mae eich cofnod yn hir iawn. Efallai bod mwy nag sydd i'w weld yma.", "Caiff staff agor eich cofnod mewn argyfwng o hyd. Rydych chi'n cael gwybod pan fyddan nhw."
	w.OneTitle, w.Since, w.EndTitle, w.EndLead = "Un o'ch dewisiadau", "Newidiwyd ddiwethaf", "Dod â'r dewis hwn i ben", "Mae'n cael ei gadw, er mwyn i chi weld beth oedd yn dal a phryd."
	w.EndReason, w.EndReasonHint, w.End = "Pam ydych chi'n dod ag ef i ben?", "Does dim rhaid i chi ddweud.", "Dod â'r dewis hwn i ben"
	w.PrivateTitle, w.PrivateDoes = "Cadw hyn yn fwy preifat", "Mae'r eitem yn cael marc sy'n dweud ei bod yn breifat. Dyw pobl sy'n gweithredu ar eich rhan ddim yn ei gweld wedyn."
	w.PrivateNot = "Mae lleoedd sy'n gofalu amdanoch chi yn ei gweld o hyd. I'w chuddio rhagddyn nhw, gwnewch ddewis. Dyw'r marc ddim yn cael ei dynnu heb nodyn o bwy wnaeth hynny a pham."
	w.PrivateButton, w.PrivateLink, w.ChooseLink = "Ei chadw'n fwy preifat", "Cadw hyn yn fwy preifat", "Dewis pwy gaiff weld hyn"
	w.OwnTitle, w.OwnDoes = "Cadw hyn rhag pobl sy'n gweithredu ar eich rhan", "Chi sy'n penderfynu hyn. Dyw pobl sy'n gweithredu ar eich rhan, fel rhiant, ddim yn gweld yr eitem hon wedyn. Dydyn nhw ddim yn cael gwybod."
	w.OwnBack, w.OwnButton = "Gallwch ddod ag ef i ben unrhyw bryd ar y dudalen am bwy gaiff weld eich cofnod.", "Ei chadw rhagddyn nhw"
	w.OwnLink, w.NotOwn = "Cadw hyn rhag pobl sy'n gweithredu ar fy rhan", "Nid chi yn unig sy'n cael penderfynu hyn eto. Siaradwch amdano â'r rhai sy'n gofalu amdanoch chi."
	w.Saved, w.WasEnded = "Mae eich dewis wedi'i gadw. Mae'n cyfrif o nawr ymlaen.", "Mae eich dewis wedi dod i ben."
	w.MadePrivate, w.KeptOwn = "Mae'r eitem hon yn fwy preifat nawr.", "Dyw pobl sy'n gweithredu ar eich rhan ddim yn gweld yr eitem hon nawr."
}
