package words

func passkeyWelsh() Passkey {
	return Passkey{
		NoScript:  "Mae allwedd mynediad angen JavaScript, sydd wedi'i ddiffodd yn y porwr hwn. Trowch ef ymlaen, neu mewngofnodwch gyda chod.",
		Signed:    "Mae allwedd mynediad angen JavaScript, sydd wedi'i ddiffodd yn y porwr hwn. Trowch ef ymlaen, yna agorwch y dudalen hon eto.",
		Cancelled: "Ni chafodd eich allwedd mynediad ei defnyddio. Pwyswch y botwm a rhowch gynnig arall arni.",
		Known:     "Mae gan y ddyfais hon allwedd mynediad i'ch cyfrif yn barod. Defnyddiwch ddyfais arall, neu ewch yn ôl.",
		Old:       "All y porwr hwn ddim defnyddio allweddi mynediad yma. Rhowch gynnig ar borwr mwy newydd, neu ddyfais arall.",
		Broken:    "Doedd dim modd cyrraedd Bevan. Gwiriwch eich bod ar-lein, yna rhowch gynnig arall arni.",
		NoAnswer:  "Wnaeth eich porwr ddim defnyddio allwedd mynediad. Trowch JavaScript ymlaen, yna pwyswch y botwm eto.",
	}
}

func createWelsh() Create {
	return Create{
		Title:    "Creu cyfrif",
		What:     "Does dim angen cyfrinair arnoch chi. Rydych yn mewngofnodi gydag allwedd mynediad.",
		Passkey:  "Mae allwedd mynediad yn cael ei chadw ar eich ffôn, eich cyfrifiadur neu allwedd ddiogelwch. Mae'n gofyn am eich bys, eich wyneb neu PIN.",
		Name:     "Eich enw",
		NameHint: "Beth hoffech chi gael eich galw. Mae eich dyfais yn ei ddangos pan fyddwch yn mewngofnodi.",
		Button:   "Gwneud fy allwedd mynediad",
		Have:     "Mae gen i gyfrif",
	}
}

func signInWelsh() SignIn {
	return SignIn{
		Title:    "Mewngofnodi",
		What:     "Defnyddiwch yr allwedd mynediad ar eich ffôn, eich cyfrifiadur neu'ch allwedd ddiogelwch.",
		Button:   "Mewngofnodi gydag allwedd mynediad",
		Other:    "Ffordd arall",
		Recovery: "Rwyf wedi colli fy allwedd mynediad ac mae gen i god adfer",
		App:      "Defnyddio cod o ap",
		None:     "Does gen i ddim cyfrif",

		RecoveryTitle: "Mewngofnodi gyda chod adfer",
		RecoveryText:  "Defnyddiwch hyn pan fyddwch wedi colli eich allweddi mynediad. Mae pob cod yn gweithio unwaith.",
		RecoveryThen:  "Wedyn gallwch ychwanegu allwedd mynediad newydd. Mae'n cymryd rhai dyddiau nes y gall wneud popeth, ac rydym yn dweud wrth eich holl gyfeiriadau. Mae hynny'n atal lleidr.",
		RecoveryLabel: "Cod adfer",
		RecoveryHint:  "Ugain o lythrennau a rhifau. Cewch adael y llinellau allan.",
		RecoveryEnter: "Mewngofnodi gyda'r cod hwn",

		AppTitle:    "Mewngofnodi gyda chod o ap",
		AppText:     "Mae cod yn wannach nag allwedd mynediad. Gallwch edrych ar bethau, ond mae newid pethau angen allwedd mynediad.",
		Address:     "Eich cyfeiriad e-bost neu'ch rhif ffôn",
		AddressHint: "Un rydych wedi'i gadarnhau gyda ni. Ysgrifennwch rif gyda'i wlad, fel +44 7700 900123.",
		Code:        "Cod o'ch ap",
		CodeHint:    "Chwe rhif.",
		AppEnter:    "Mewngofnodi gyda'r cod hwn",
	}
}

func signedOutWelsh() SignedOut {
	return SignedOut{
		Title: "Rydych wedi allgofnodi",
		What:  "All neb weld eich cyfrif ar y ddyfais hon nawr. Os yw eraill yn ei defnyddio, caewch y porwr hefyd.",
		Again: "Mewngofnodi eto",
	}
}

func checkWelsh() Check {
	return Check{
		Title:  "Gwirio mai chi sydd yno",
		What:   "Mae'r hyn rydych am ei wneud yn bwysig, felly defnyddiwch eich allwedd mynediad unwaith eto. Wedyn rydych yn mynd ymlaen o'r lle roeddech chi.",
		Weak:   "Rydych wedi mewngofnodi gyda chod. Mae hyn angen allwedd mynediad. Defnyddiwch eich un chi, ac rydych yn mynd ymlaen o'r lle roeddech chi.",
		Button: "Defnyddio fy allwedd mynediad",
	}
}
