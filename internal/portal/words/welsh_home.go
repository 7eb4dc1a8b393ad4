package words

// The pages that somebody meets first when they have signed in: home, their
// record by time and by kind, and their account.

func homeWelsh() Home {
	return Home{
		Title: "Eich cofnod iechyd", Hello: "Helo,",
		New: "Newydd yn y 30 diwrnod diwethaf", NewNone: "Does dim byd yn eich cofnod o'r 30 diwrnod diwethaf. Gall newyddion gymryd rhai dyddiau i'n cyrraedd.", NewMore: "Gweld y cyfan ar y llinell amser",
		Coming: "Ar y gweill", ComingNone: "Does gennym ni ddim apwyntiadau i ddod ar gofnod. Dyw hynny ddim yn golygu nad oes rhai.",
		Todo: "Beth sydd angen ei wneud", TodoNone: "Does dim angen gwneud dim nawr.",
		Looked: "Pwy sydd wedi edrych ar eich cofnod", LookedNone: "Does neb arall wedi edrych ar eich cofnod eto.", LookedAll: "Gweld pawb sydd wedi edrych",
		NoRecord: "Dyw eich cofnod ddim wedi'i gysylltu â'ch cyfrif eto.", NoRecordLink: "Cysylltu eich cofnod",
		NoProof: "Rhaid i ni wybod pwy ydych chi cyn i chi allu gweld eich cofnod.",
		Passkey: "Defnyddiwch eich allwedd mynediad i weld beth sy'n newydd yn eich cofnod.", PasskeyLink: "Defnyddio fy allwedd mynediad",
		NotNow: "Does dim modd dangos eich cofnod ar hyn o bryd. Does dim wedi'i golli. Rhowch gynnig arall arni mewn ychydig funudau.",
		Ways:   "Ble i fynd",

		Codes: "Gwneud codau adfer, er mwyn i chi allu mewngofnodi os byddwch yn colli eich allwedd mynediad", Copy: "Nôl y copi o'ch cofnod. Mae'n barod.",
		Correction: "Darllen yr ateb i'r hyn a ddywedoch sy'n anghywir", Enquiry: "Darllen yr ateb i'ch cwestiwn am bwy edrychodd",
		Emergency: "Gweld pwy agorodd eich cofnod mewn argyfwng", Recovery: "Gwirio ffordd i mewn y gofynnodd rhywun amdani", Prove: "Dweud pwy ydych chi",

		Work: "Eich gwaith", WorkText: "Dewiswch beth rydych am ei wneud.", WorkNone: "Dewiswch ble rydych yn gweithio heddiw.",

		// What follows goes on from "gallwch", so its first letter changes.
		Lead: "Gyda chyfrif gallwch:",
		See:  "Weld eich meddyginiaethau, eich canlyniadau a'ch llythyrau mewn un lle.", Say: "Ddweud pwy gaiff weld beth.", Own: "Weld pwy sydd wedi edrych.",
	}
}

func folderWelsh() Folder {
	return Folder{
		Own: FolderOf{
			Title: "Fy nghofnod", What: "Dyma beth sy'n cael ei gadw amdanoch chi yma. Gall lleoedd eraill gadw mwy.",
			Timeline: "Fy llinell amser", TimelineWhat: "Eich cofnod cyfan, y diweddaraf yn gyntaf.",
			All:      "Popeth sy'n cael ei gadw amdanoch chi",
			None:     "Does dim yn cael ei gadw amdanoch chi yma eto. Dyw hynny ddim yn golygu nad oes dim i'w wybod.",
			KindNone: "Does dim o'r math hwn yn cael ei gadw amdanoch chi yma. Dyw hynny ddim yn golygu nad oes rhai.",
			KindText: "Y diweddaraf sy'n dod gyntaf.", EntryTitle: "Eitem yn fy nghofnod",
			Nones: map[string]string{
				"medicines":    "Does gennym ni ddim meddyginiaethau ar gofnod. Dyw hynny ddim yn golygu nad ydych yn cymryd rhai.",
				"allergies":    "Does gennym ni ddim alergeddau ar gofnod. Dyw hynny ddim yn golygu nad oes rhai.",
				"problems":     "Does gennym ni ddim salwch na phroblemau ar gofnod. Dyw hynny ddim yn golygu nad oes rhai.",
				"vaccinations": "Does gennym ni ddim brechiadau ar gofnod. Dyw hynny ddim yn golygu na chawsoch rai.",
				"results":      "Does gennym ni ddim canlyniadau ar gofnod. Dyw hynny ddim yn golygu nad oes rhai.",
				"documents":    "Does gennym ni ddim llythyrau ar gofnod. Dyw hynny ddim yn golygu nad oes rhai.",
				"appointments": "Does gennym ni ddim apwyntiadau ar gofnod. Dyw hynny ddim yn golygu nad oes rhai.",
			},
		},
		// A name follows Title, Timeline, All and EntryTitle.
		Other: FolderOf{
			Title: "Cofnod", What: "Dyma beth cewch chi ei weld. Gallan nhw weld eich bod wedi edrych.",
			Timeline: "Llinell amser", TimelineWhat: "Popeth cewch chi ei weld o'r cofnod hwn, y diweddaraf yn gyntaf.",
			All:      "Popeth cewch chi ei weld o gofnod",
			None:     "Does dim yma y gallwch chi ei weld. Dyw hynny ddim yn golygu nad oes dim i'w wybod.",
			KindNone: "Does dim o'r math hwn y gallwch chi ei weld. Dyw hynny ddim yn golygu nad oes rhai.",
			KindText: "Y diweddaraf sy'n dod gyntaf.", EntryTitle: "Eitem yng nghofnod",
			Nones: map[string]string{
				"medicines":    "Does dim meddyginiaethau yma y gallwch chi eu gweld. Dyw hynny ddim yn golygu nad oes rhai.",
				"allergies":    "Does dim alergeddau yma y gallwch chi eu gweld. Dyw hynny ddim yn golygu nad oes rhai.",
				"problems":     "Does dim salwch na phroblemau yma y gallwch chi eu gweld. Dyw hynny ddim yn golygu nad oes rhai.",
				"vaccinations": "Does dim brechiadau yma y gallwch chi eu gweld. Dyw hynny ddim yn golygu nad oes rhai.",
				"results":      "Does dim canlyniadau yma y gallwch chi eu gweld. Dyw hynny ddim yn golygu nad oes rhai.",
				"documents":    "Does dim llythyrau yma y gallwch chi eu gweld. Dyw hynny ddim yn golygu nad oes rhai.",
				"appointments": "Does dim apwyntiadau yma y gallwch chi eu gweld. Dyw hynny ddim yn golygu nad oes rhai.",
			},
		},
		Categories: map[string]string{
			"medicines": "Meddyginiaethau", "allergies": "Alergeddau", "problems": "Salwch a phroblemau", "vaccinations": "Brechiadau",
			"documents": "Llythyrau a dogfennau", "appointments": "Apwyntiadau ac atgyfeiriadau", "results": "Canlyniadau a mesuriadau",
			"visits": "Ymweliadau ac arosiadau", "treatments": "Llawdriniaethau a thriniaethau", "plans": "Cynlluniau gofal", "messages": "Negeseuon ac atebion", "other": "Pob eitem arall",
		},
		What: "Beth", When: "Pryd", By: "Pwy ddywedodd hynny", Entry: "Eitem",
		NotDated: "Heb ddyddiad", NotKnown: "Ddim yn hysbys",
		You: "Chi", Person: "Y person ei hun", Staff: "Rhywun sy'n gweithio mewn gofal", Organisation: "Man gofal", Somebody: "Rhywun arall",
		All: "Gweld y cyfan", AllKinds: "Pob math o eitem", Timeline: "Llinell amser", Summary: "Crynodeb", Do: "Beth allwch chi ei wneud",
		AllOfKind: "Mae mwy. Mae'r rhestr hon yn dangos y diweddaraf.",
		Born:      "ganwyd", Record: "Yn ôl i'r cofnod",
		Files: "Ffeiliau", File: "Nôl y ffeil", FileNote: "Agorwch dim ond ffeiliau rydych yn gwybod o ble maen nhw'n dod.",
		FileGone: "Does dim ffeil o'r fath yma.", FileLarge: "Mae'r ffeil hon yn rhy fawr i'w nôl yma. Gofynnwch i'r rhai a'i hanfonodd.",
		FileElse: "Rhywun arall sy'n cadw'r ffeil hon, a dyw hi ddim gennym ni. Gofynnwch i'r rhai a ysgrifennodd yr eitem.", FileAt: "Mae hi yn",

		Filter: "Dewis beth sy'n cael ei ddangos", Show: "Dangos y rhain", Everything: "Dangos popeth",
		Kind: "Pa fath?", AnyKind: "Pob math", From: "O ba ddiwrnod?", Until: "Hyd at ba ddiwrnod?",
		Source: "Pwy ddywedodd hynny?", SourceHint: "Enw, fel enw ysbyty. Gadewch ef yn wag am bawb.",
		Words: "Pa eiriau?", WordsHint: "Er enghraifft, pen-glin. Gadewch ef yn wag am bopeth.",
		Looked:  "Fe wnaethom chwilio am hyn yn yr eitemau diweddaraf, yn ôl hyd at",
		Back:    "Fe wnaethom chwilio am hyn mewn eitemau hŷn, yn ôl hyd at",
		Further: "Chwilio mewn eitemau hŷn", Whole: "Fe wnaethom chwilio am hyn ym mhob eitem sydd ar ôl.",
		NoneMatch: "Does dim eitem fel yna yma. Dewiswch lai, neu chwiliwch mewn eitemau hŷn.",
		Order:     "Rhaid i'r diwrnod cyntaf fod cyn yr un olaf.",
	}
}

func accountWelsh() Account {
	return Account{
		Title: "Fy nghyfrif",
		Name:  "Eich enw yma yw",
		Facts: "Beth sy'n wir nawr",
		Else:  "Beth gallwch chi ei newid",

		SignIn:     "Sut gwnaethoch fewngofnodi",
		ByPasskey:  "Gydag allwedd mynediad, sef y ffordd fwyaf diogel.",
		ByWaiting:  "Gydag allwedd mynediad newydd sy'n dal i aros. Gallwch edrych ar bethau, a newid ychydig.",
		ByApp:      "Gyda chod o ap. Gallwch edrych ar bethau. I newid pethau mae angen allwedd mynediad.",
		ByCode:     "Gyda chod adfer. Ychwanegwch allwedd mynediad nawr.",
		ByProvider: "Gyda gwefan arall. Gallwch edrych ar bethau. I newid pethau mae angen allwedd mynediad.",

		Proof:     "Pwy ydych chi",
		NotProven: "Does neb wedi gwirio pwy ydych chi eto.",
		P5:        "Mae'r hyn a ddywedoch wrthym yn cyd-fynd â chofnod.",
		P9:        "Gwelodd rhywun ddogfen gyda'ch llun, a chi oedd yno.",
		Lost:      "Cafodd cod adfer ei ddefnyddio, felly rhaid gwirio eto pwy ydych chi.",

		Record:    "Eich cofnod",
		NoRecord:  "Does dim cofnod wedi'i gysylltu â'r cyfrif hwn eto.",
		HasRecord: "Mae eich cofnod wedi'i gysylltu â'r cyfrif hwn.",

		Passkeys: "Fy allweddi mynediad", PasskeysHint: "Sut rydych yn mewngofnodi, ac ar ba ddyfeisiau.",
		Sessions: "Ble rwyf wedi mewngofnodi", SessionsHint: "Ei weld, a'i orffen.",
		Codes: "Codau adfer", CodesHint: "Ar gyfer y diwrnod pan fyddwch yn colli eich allweddi mynediad.",
		App: "Codau o ap", AppHint: "Ail ffordd o fewngofnodi, sy'n wannach.",
		Who: "Pwy ydych chi", WhoHint: "Dangos pwy ydych chi, a chysylltu eich cofnod.",
		Places: "Ble rydym yn dweud wrthych", PlacesHint: "Y cyfeiriadau sy'n clywed pan fydd eich cyfrif yn newid.",
	}
}

// recordWelsh is what the pages of a record say beside their entries. The names of
// what an entry says are English still, and so is the page of one entry.
func recordWelsh() Record {
	return Record{
		Link: "Fy nghofnod", LinkHint: "Gweld beth sy'n cael ei gadw amdanoch, cymryd copi, neu ddweud beth sy'n anghywir.",
		None: "Does dim yn cael ei gadw amdanoch chi yma eto. Dyw hynny ddim yn golygu nad oes dim i'w wybod.",
		Kind: "Beth", Count: "Faint", More: "Mae mwy nag y gellir ei gyfri yma. Dewiswch fath i weld y cyfan ohono.",
		Rights: "Eich hawliau",
		Back:   "Yn ôl i fy nghofnod", Download: "Cymryd copi o bopeth", Erase: "Gofyn i fy nghofnod gael ei ddileu", Corrections: "Beth ddywedais sy'n anghywir",
		Yes: "Ydy", No: "Nac ydy", Unknown: "Ddim yn hysbys", Masked: "Nid yw'n cael ei ddangos i chi", From: "o", Until: "hyd", File: "ffeil",
	}
}

// resultsWelsh is what stands in a list in the place of a result that waits.
func resultsWelsh() Results {
	return Results{
		Link: "Canlyniadau", LinkHint: "Eich profion a'ch mesuriadau, a sut maen nhw'n newid.",
		NotNow:     "Does dim modd dangos canlyniadau ar hyn o bryd. Rhowch gynnig arall arni mewn ychydig funudau.",
		Waits:      "Mae canlyniad yma. Mae'n aros nes bod clinigydd wedi siarad â chi. Gofynnwch i'ch meddygfa neu'ch clinig amdano.",
		WaitsUntil: "Os na fydd neb wedi gwneud hynny erbyn hynny, gallwch ei weld o",
		Hidden:     "Gall hyn fod yn anodd ei ddarllen ar eich pen eich hun. Agorwch ef pan fyddwch yn barod.",
		Kinds: map[string]string{
			"genetic": "Prawf genetig", "cancer": "Prawf am ganser", "pregnancy": "Prawf am feichiogrwydd", "memory": "Prawf cof", "sexual": "Prawf am iechyd rhywiol", "everyday": "Prawf bob dydd",
		},
		How: ResultChoice{Link: "Sut mae canlyniadau'n cael eu dangos i mi", LinkHint: "Eu gweld ar unwaith, cael rhybudd yn gyntaf, neu aros am glinigydd."},
	}
}

func addWelsh() Add {
	return Add{
		Link: "Ychwanegu rhywbeth", Added: "Cafodd ei ychwanegu.",
		ByYou: "Chi ychwanegodd hwn", ByPerson: "Y person ychwanegodd hwn", ByHelper: "Ychwanegwyd gan rywun sy'n gweithredu ar ei ran", ByYours: "Ychwanegwyd gan rywun sy'n gweithredu ar eich rhan",
	}
}
