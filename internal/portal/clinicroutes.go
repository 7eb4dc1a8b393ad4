package portal

// clinicRoutes are the pages of staff who look after people.
var clinicRoutes = []route{
	{"GET " + peopleAt, caring(findPeople)},
	{"POST " + peopleAt, caring(findPeopleFinish)},
	{"GET " + peopleAt + "/{person}", ofCare(carePerson)},
	{"POST " + peopleAt + "/{person}/go", ofCare(goTo)},
	{"POST " + emergencyAt + "/for", rescuing(declareFor)},
}
