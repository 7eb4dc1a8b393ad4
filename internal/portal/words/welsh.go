package words

// A translator has to read every sentence in the files whose names begin with
// welsh. What stands here is plain Welsh as we could write it.

func welsh() *Words {
	return &Words{
		Lang: "cy", Dir: "ltr", Name: "Cymraeg",
		Service: "Bevan",
		Skip:    "Neidio i'r prif gynnwys",
		Footer:  "Nid yw Bevan yn rhan o'r GIG.",
		Language: LanguageChoice{
			Label: "Dewis iaith", Other: "Mae'r dudalen hon yn Saesneg. Nid yw wedi cael ei chyfieithu eto.",
		},
		Dates: Dates{
			Months:  []string{"Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"},
			Morning: "yb", Afternoon: "yp", Evening: "yh",
		},
		Header: Header{Nav: "Eich cyfrif", SignIn: "Mewngofnodi", Account: "Fy nghyfrif", SignOut: "Allgofnodi",
			Menu: "Prif dudalennau", Home: "Hafan", Record: "Fy nghofnod", Family: "Teulu", Sharing: "Rhannu", Looked: "Pwy edrychodd", Read: "Iechyd A i Y",
			Find: "Dod o hyd i berson", List: "Fy rhestr", Run: "Rhedeg y gwasanaeth hwn"},
		Form: Form{
			Problem: "Mae problem", Before: "Problem:", Cancel: "Mynd yn ôl heb newid dim",
			Done: "Wedi'i wneud", Important: "Pwysig", Never: "Ddim eto", More: "Dangos mwy",
		},
		Front: Front{
			Title:     "Eich cofnod iechyd",
			What:      "Mae Bevan yn cadw un cofnod am oes, ac yn gadael i chi ddweud pwy sy'n ei weld.",
			SignIn:    "Mewngofnodi",
			Create:    "Creu cyfrif",
			Account:   "Mynd i fy nghyfrif",
			ForApps:   "Os ydych yn gwneud ap",
			Interface: "Mae'r rhyngwyneb FHIR yn",
		},
		Problem: Problem{
			Title:     "Wnaeth hyn ddim gweithio",
			Home:      "Mynd i'r dudalen gyntaf",
			ID:        "Os ydych yn gofyn am help, rhowch y rhif hwn:",
			NotHere:   "Does dim tudalen yn y cyfeiriad hwn. Gwiriwch y cyfeiriad, neu ewch i'r dudalen gyntaf.",
			OtherSite: "Cafodd hyn ei anfon o wefan arall, felly ni chafodd dim ei wneud. Ewch i'r dudalen gyntaf a rhowch gynnig arall arni o'r fan honno.",
			SetUp:     "Mae Bevan wedi'i osod yn barod. Mewngofnodwch, neu gofynnwch am help gan y bobl sy'n ei redeg.",
		},
		Passkey: passkeyWelsh(), Create: createWelsh(), SignIn: signInWelsh(), SignedOut: signedOutWelsh(), Check: checkWelsh(),
		Switch: Switch{Change: "Newid person", Own: "Fy nghofnod fy hun", Now: "ar agor nawr", All: "Teulu a phobl rwy'n eu helpu",
			OwnPage: "Ond mae'r dudalen hon am eich cofnod chi eich hun."},
		Looked: lookedWelsh(), Enquiries: enquiriesWelsh(), Sharing: sharingWelsh(),
		Done:     Done{DoneLooked: doneLookedWelsh()},
		Refusals: refusalsWelsh(), Failures: failuresWelsh(), Kinds: kindsWelsh(),
		// Single sentences of other parts that stand on pages which were translated.
		Recall:    Recall{Mine: Reminders{Link: "Nodiadau atgoffa", LinkHint: "Stopio neu ddechrau negeseuon am y llyfr coch"}},
		SeenAs:    SeenAs{Link: "Gweld fy nghofnod fel rhywun arall"},
		Uses:      Uses{Link: "Defnyddiau y tu hwnt i'ch gofal", LinkHint: "Dweud na wrth ymchwil a chynllunio gyda'ch cofnod."},
		Family:    Family{Link: "Teulu a phobl rwy'n eu helpu", LinkHint: "Gweithredu dros blentyn neu oedolyn, neu adael i rywun weithredu drosoch chi.", Copy: FamilyCopy{Link: "Cymryd copi o'u cofnod"}},
		Apps:      Apps{Link: "Fy apiau", LinkHint: "Beth sy'n gweithredu yn eich enw. Ei weld, a'i orffen."},
		Emergency: Emergency{EmergencyLists: EmergencyLists{PersonLink: "Argyfyngau", PersonHint: "Pwy agorodd eich cofnod heb ofyn i chi yn gyntaf."}},
		Staff:     Staff{Place: "Ble rwy'n gweithio", PlaceHint: "I bobl sy'n gweithio i'r gwasanaeth."},
		Recovery: Recovery{
			Banner: "Defnyddiodd rhywun god adfer i fynd i mewn i'ch cyfrif. Os nad chi oedd hynny, stopiwch ef nawr.",
			Mine:   "Fe wnaethoch ddefnyddio cod adfer. Rydym wedi dweud wrth eich holl gyfeiriadau. Gall allwedd mynediad newydd wneud popeth pan fydd yr amser aros ar ben.",
			Link:   "Gweld beth ddigwyddodd, a'i stopio",
		},
		AToZ: AToZ{ReadAbout: "Darllen am hyn:"}, Book: Book{Link: "Y llyfr coch"}, Sources: sourcesWelsh(), Vaccinations: Vaccinations{Link: "Brechiadau: beth a roddwyd a beth sydd i ddod"},
		IPS: IPS{Link: "Crynodeb i fynd gyda chi"}, Card: Card{Link: "Cerdyn argyfwng"}, Links: Links{Link: "Dolenni i fy nghrynodeb"},
		Home: homeWelsh(), Folder: folderWelsh(), Account: accountWelsh(), Results: resultsWelsh(), Add: addWelsh(),
		Receipt:  Receipt{Title: "Derbynneb o bwy sydd wedi edrych", Link: "Cael derbynneb yr edrychiad hwn"},
		Record:   recordWelsh(),
		Takeaway: Takeaway{WrongMark: "wedi'i nodi'n anghywir"},
		Consent:  Consent{Day1: "Diwrnod", Month1: "Mis", Year1: "Blwyddyn"},
	}
}

// failuresWelsh are for what went wrong without a reason.
func failuresWelsh() map[string]string {
	return map[string]string{
		"internal":            "Aeth rhywbeth o'i le yma. Rhowch gynnig arall arni. Os bydd yn digwydd eto, dywedwch wrth y bobl sy'n rhedeg y gwasanaeth hwn.",
		"invalid":             "Doedd dim modd darllen yr hyn gafodd ei anfon. Ewch yn ôl a'i anfon eto.",
		"unprocessable":       "Mae rhywbeth ynddo sydd ddim yn iawn. Ewch yn ôl, newidiwch ef a'i anfon eto.",
		"unauthorized":        "Dydych chi ddim wedi mewngofnodi. Mewngofnodwch, yna rhowch gynnig arall arni.",
		"revoked":             "Cafodd hyn ei dynnu'n ôl. Gofynnwch amdano eto.",
		"forbidden":           "Chewch chi ddim gwneud hyn. Gofynnwch i'r bobl sy'n rhedeg y gwasanaeth hwn.",
		"not-found":           "Does dim byd yma. Gwiriwch y cyfeiriad.",
		"gone":                "Dyw hyn ddim yma bellach.",
		"conflict":            "Newidiodd rhywun arall hyn yn gyntaf. Edrychwch arno eto, yna gwnewch eich newid.",
		"precondition-failed": "Mae hyn wedi newid. Edrychwch arno eto, yna dewiswch.",
		"too-large":           "Mae hyn yn rhy fawr. Anfonwch lai.",
		"too-many":            "Roedd gormod o geisiadau ar unwaith. Arhoswch funud, yna rhowch gynnig arall arni.",
		"unsupported":         "Does dim modd gwneud hyn yma.",
		"unavailable":         "Dyw hyn ddim yn gweithio ar hyn o bryd. Ni chafodd dim ei newid. Rhowch gynnig arall arni mewn munud.",
		"timeout":             "Cymerodd hyn ormod o amser. Rhowch gynnig arall arni mewn munud.",
	}
}

// refusalsWelsh are those that come up when somebody signs in, shares, or asks who
// looked.
func refusalsWelsh() map[string]string {
	return map[string]string{
		"account-closed":      "Cafodd y cyfrif hwn ei gau, ac aeth yr hyn oedd ynddo gydag ef.",
		"account-suspended":   "Does dim modd defnyddio'r cyfrif hwn nawr. Gofynnwch i'r bobl sy'n rhedeg y gwasanaeth hwn.",
		"name":                "Mae enw yn un llinell o hyd at 64 nod. Dewiswch un byrrach.",
		"needs-fresh":         "Rhaid gwirio eto mai chi sydd yno. Defnyddiwch eich allwedd mynediad unwaith eto.",
		"needs-passkey":       "Rhaid mewngofnodi gydag allwedd mynediad. Defnyddiwch un sydd wedi gorffen aros.",
		"needs-proof":         "Rhaid profi pwy ydych chi. Profwch pwy ydych chi yn gyntaf, yna rhowch gynnig arall arni.",
		"needs-record":        "Does dim cofnod wedi'i gysylltu â'ch cyfrif eto. Cysylltwch un yn gyntaf, yna rhowch gynnig arall arni.",
		"no-passkey-to-check": "Does gennych chi ddim allwedd mynediad i'ch gwirio. Ychwanegwch un yn gyntaf.",
		"not-address":         "Mae cyfeiriad yn gyfeiriad e-bost neu'n rhif ffôn. Dewiswch un ohonyn nhw.",
		"not-email":           "Dyw hwn ddim yn gyfeiriad e-bost, fel ann@example.org. Gwiriwch ef a'i deipio eto.",
		"not-phone":           "Dyw hwn ddim yn rhif ffôn gyda'i wlad, fel +44 7700 900123. Gwiriwch ef a'i deipio eto.",
		"passkey-no":          "Doedd dim modd eich mewngofnodi gyda'r allwedd mynediad honno. Rhowch gynnig arall arni, neu defnyddiwch ffordd arall.",
		"passkey-not-added":   "Doedd dim modd ychwanegu'r allwedd mynediad hon. Dechreuwch eto, a dewiswch ddyfais sy'n gofyn am eich bys, eich wyneb neu PIN.",
		"recovery-no":         "Wnaeth hynny ddim gweithio. Gwiriwch y cod a'i deipio eto, neu defnyddiwch allwedd mynediad. Mae cod yn gweithio unwaith. Ar ôl sawl un anghywir, arhoswch.",
		"signed-out":          "Dydych chi ddim wedi mewngofnodi bellach. Mewngofnodwch eto.",
		"time-code-no":        "Nid dyma'r cod mae eich ap yn ei ddangos nawr. Gwiriwch fod yr amser yn iawn ar eich dyfais, yna teipiwch y cod diweddaraf.",
		"too-late":            "Cymerodd hyn ormod o amser, neu mae wedi cael ei ddefnyddio'n barod. Ewch yn ôl a dechrau eto.",
		"too-many-requests":   "Daeth gormod o geisiadau oddi yma ar unwaith. Arhoswch eiliad, yna rhowch gynnig arall arni.",
		"too-many-tries":      "Roedd gormod o gynigion oddi yma. Arhoswch rai munudau, yna rhowch gynnig arall arni. Mae allwedd mynediad yn gweithio ar unwaith.",
		"website-away":        "Dyw'r wefan arall ddim yn ateb nawr. Ni chafodd dim ei newid. Rhowch gynnig arall arni wedyn, neu dewiswch ffordd arall.",

		"sharing-ended":   "Mae'r dewis hwn wedi dod i ben yn barod. Edrychwch ar y rhestr eto.",
		"sharing-many":    "Mae gennych chi fwy o ddewisiadau nag sydd modd eu cadw. Dewch ag un i ben, yna rhowch gynnig arall arni.",
		"sharing-none":    "Does dim dewis na chofnod o'r fath. Edrychwch ar y rhestr eto.",
		"sharing-reason":  "Mae rheswm rhwng 10 a 1,000 o lythrennau. Dywedwch ef mewn ychydig eiriau, neu gadewch ef yn wag.",
		"sharing-unclear": "Dyw'r dewis hwn ddim yn gyflawn. Ewch yn ôl, a dywedwch am bwy ac am beth y mae.",

		"enquiry-text":  "Ysgrifennwch hyd at 2,000 nod o destun plaen.",
		"enquiry-twice": "Rydych chi wedi gofyn am hyn yn barod. Edrychwch ar eich cwestiynau.",
		"enquiry-many":  "Mae gennych chi ugain cwestiwn sy'n aros. Caewch un, neu arhoswch am atebion.",
		"enquiry-none":  "Does dim cwestiwn o'r fath yma. Edrychwch ar y rhestr eto.",
		"enquiry-over":  "Cafodd y cwestiwn hwn ei ateb neu ei gau yn y cyfamser. Edrychwch ar y rhestr eto.",
	}
}
